/**
 * Text for a terminal of 80 columns: a label on the left, and a text beside it that is broken only at spaces, so that a
 * pin or a name can be copied whole. Colour only repeats what the words say.
 */
const width = 80;
const labelWidth = 10;

const codes = { red: 31, green: 32, yellow: 33, bold: 1, dim: 2 } as const;
export type Style = keyof typeof codes;
export type Paint = (style: Style, text: string) => string;

export function painter(colour: boolean): Paint {
  return colour ? (style, text) => `\u001b[${codes[style]}m${text}\u001b[0m` : (_style, text) => text;
}

/** A label of at most nine characters and its text, on as many lines as needed. */
export function row(label: string, text: string): string[] {
  return wrap(text, width - labelWidth).map(
    (line, index) => (index === 0 ? label : '').padEnd(labelWidth) + line,
  );
}

/** The same with the label coloured; a text shorter than a line may be coloured too. */
export function labelled(paint: Paint, style: Style, label: string, text: string): string[] {
  return row(label, text).map((line, index) =>
    index === 0 ? paint(style, label) + line.slice(label.length) : line,
  );
}

export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}
