/**
 * A shell command in lines of at most `width` characters, broken with backslashes at spaces outside quotes, so that it
 * can still be pasted as a whole. A longer word, such as an address or a pin, keeps a line of its own.
 */
export function foldCommand(line: string, width: number): string[] {
  if (line.length <= width) return [line];
  const [indent = ''] = /^ */.exec(line) ?? [];
  const hanging = `${indent}  `;
  const lines: string[] = [];
  let current = indent;
  // A line that is continued as it is keeps its backslash at the end.
  const end = line.endsWith(' \\') ? ' \\' : '';
  for (const word of wordsOf(end === '' ? line : line.slice(0, -end.length))) {
    // The backslash needs room, too.
    const isFull = current.trim() !== '' && current.length + 1 + word.length > width - 2;
    if (isFull) lines.push(`${current} \\`);
    current = isFull ? hanging + word : current + (current.trim() === '' ? '' : ' ') + word;
  }
  return [...lines, `${current}${end}`];
}

/** Words with their quotes and escapes, an option with its value: neither is broken. */
function wordsOf(line: string): string[] {
  const words = line.match(/(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\]|["'\\])+/g) ?? [];
  const kept: string[] = [];
  for (const [index, word] of words.entries()) {
    const isValue = /^-/.test(words[index - 1] ?? '') && !/^[-|>]/.test(word);
    kept.push(isValue ? `${kept.pop()} ${word}` : word);
  }
  return kept;
}
