import { type Parsed, parsed, refused } from '../core/parsed.ts';
import { quote } from '../core/quote.ts';
import type { Place, Reader } from './reader.ts';

const publicExpected = 'the URL where people reach pinwatch, such as https://pinwatch.example.com';
const runbookExpected = 'the URL of the runbook, such as https://wiki.example.com/pinwatch/runbook';

/** Without a trailing slash: paths are appended to it. */
export function readPublicUrl(reader: Reader, place: Place): string | null {
  return reader.parse(place, publicExpected, (text) => parsePublicUrl(text, publicExpected)) ?? null;
}

/** A URL to which paths are appended. */
export function parsePublicUrl(text: string, expected: string): Parsed<string> {
  return parseUrl(text, expected, false);
}

/** A finding's code is appended as the fragment. */
export function readRunbookUrl(reader: Reader, place: Place): string | null {
  return reader.parse(place, runbookExpected, parseRunbookUrl) ?? null;
}

export function parseRunbookUrl(text: string): Parsed<string> {
  return parseUrl(text, runbookExpected, true);
}

/** It must fit on one line of a mail header. */
const mostCharacters = 500;

/** It goes unchanged into mails and a header: ASCII, without white space, and without a password. */
function parseUrl(text: string, expected: string, mayHaveQuery: boolean): Parsed<string> {
  // The rest of a password with a / or # in it: the user before it was taken for the host, and what follows the : for a port.
  if (/^[^/]*:\/\/[^/?#]*:[^@]*@/.test(text)) {
    return refused(`expected ${expected}, without a user and password (not shown)`);
  }
  const found = `expected ${expected}, found ${quote(text)}`;
  if (/[^\x21-\x7e]/.test(text) || !URL.canParse(text)) return refused(found);
  if (text.length > mostCharacters) return refused(`${found}: it has over ${mostCharacters} characters`);
  const url = new URL(text);
  if (!['http:', 'https:'].includes(url.protocol))
    return refused(`${found}: its scheme is not http or https`);
  if (url.username !== '' || url.password !== '') {
    return refused(`expected ${expected}, without a user and password (not shown)`);
  }
  if (text.includes('#')) return refused(`${found}: leave out what follows the #`);
  if (text.includes('?') && !mayHaveQuery) return refused(`${found}: leave out what follows the ?`);
  return parsed(mayHaveQuery ? url.href : url.href.replace(/\/+$/, ''));
}
