import { onOneLine } from '../../core/quote.ts';

/** A server's answer with every text safe for a terminal. Values to send back are taken from the original answer. */
export function printable<T>(value: T): T {
  if (typeof value === 'string') return onOneLine(value) as T;
  if (Array.isArray(value)) return value.map(printable) as T;
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [onOneLine(key), printable(item)]),
    ) as T;
  }
  return value;
}

/** JSON without characters that a terminal would interpret; the values stay the same. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} \n]/gu, (character) =>
    // Beyond the first plane: both halves of the surrogate pair, as JSON writes them.
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** The text is for a file and a terminal: nothing but line ends and tabs may move its cursor. */
export function printableLines(text: string): string {
  return text.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} \n\t]/gu, printable);
}
