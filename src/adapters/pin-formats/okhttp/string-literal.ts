import type { SourceLanguage } from './source-scanner.ts';

const escapes: ReadonlyMap<string, string> = new Map([
  ['b', '\b'],
  ['t', '\t'],
  ['n', '\n'],
  ['f', '\f'],
  ['r', '\r'],
  ['s', ' '],
  ['"', '"'],
  ["'", "'"],
  ['\\', '\\'],
  ['$', '$'],
]);

/** Longer than any host or pin, so what follows makes no difference. */
const longestValue = 2_000;

/** The value of a string without templates, cut if it is long; null if the token is no complete string. */
export function literalValue(token: string, language: SourceLanguage): string | null {
  if (token.startsWith('"""')) {
    if (token.length < 6 || !token.endsWith('"""')) return null;
    const raw = token.slice(3, Math.min(token.length - 3, longestValue));
    return language === 'kotlin' ? raw : textBlock(raw);
  }
  return token.length >= 2 && token.endsWith('"')
    ? unescaped(token.slice(1, Math.min(token.length - 1, longestValue)))
    : null;
}

/** Java's text block of one line: a host or a pin has no more. */
function textBlock(raw: string): string | null {
  const [opening = '', line = '', closing] = raw.split('\n', 4);
  if (opening.trim() !== '' || (closing ?? '').trim() !== '') return null;
  return unescaped(line.trim()) + (closing === undefined ? '' : '\n');
}

function unescaped(text: string): string {
  return text.replace(/\\(?:u+([0-9a-fA-F]{4})|(.))/gs, (whole, hex: string | undefined, one: string) =>
    hex === undefined ? (escapes.get(one) ?? whole) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
