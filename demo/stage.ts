/**
 * Prints the demo: numbered scenes, and under each what happens, as it happens. Plain text; color on a terminal only
 * repeats what the words say. While the demo waits, it says for what.
 */
const isTerminal = process.stdout.isTTY === true && !process.env.NO_COLOR;
const startedAt = Date.now();
let scenes = 0;

function paint(code: number, text: string): string {
  return isTerminal ? `\u001b[${code}m${text}\u001b[0m` : text;
}

export function scene(title: string): void {
  scenes += 1;
  console.log(`\n${paint(1, `${scenes}. ${title}`)}`);
}

export function say(text: string): void {
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1).padStart(5);
  console.log(`${paint(2, `${seconds} s`)}  ${text}`);
}

export const good = (text: string) => paint(32, text);
export const bad = (text: string) => paint(31, text);

/** A block of quoted text: a mail, a scrape. */
export function quote(text: string): void {
  for (const line of text.trimEnd().split('\n')) console.log(`         ${paint(2, '│')} ${line}`);
}
