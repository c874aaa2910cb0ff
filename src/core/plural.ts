/** `1 domain`, `2 domains`; a noun that does not take an s comes with its plural. */
export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : nouns}`;
}
