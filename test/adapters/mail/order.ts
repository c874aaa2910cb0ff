import { expect } from 'vitest';

/** Fails unless every needle is found after the one before it. */
export function expectInOrder(text: string, needles: readonly string[]) {
  let at = -1;
  for (const needle of needles) {
    const next = text.indexOf(needle, at + 1);
    expect(next, `${JSON.stringify(needle)} after position ${at} of\n${text}`).toBeGreaterThan(at);
    at = next;
  }
}

/** The text without its line breaks: those of long lines, and those that a shell ignores. */
export function unfolded(text: string): string {
  return text.replace(/\s+\\\n\s*/g, ' ').replace(/\s+/g, ' ');
}

/** As `expectInOrder`, wherever the lines are broken. */
export function expectInFlow(text: string, needles: readonly string[]) {
  expectInOrder(unfolded(text), needles.map(unfolded));
}
