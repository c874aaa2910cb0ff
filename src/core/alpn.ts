import { type Parsed, parsed, refused } from './parsed.ts';
import { quote } from './quote.ts';

/** Offered unless a domain says otherwise: what the HTTP clients of Android and iOS offer. */
export const defaultAlpn: readonly string[] = ['h2', 'http/1.1'];

/** Protocols of one domain; apps offer two or three. */
export const mostAlpn = 16;

export const alpnExpected = 'an ALPN protocol such as h2 or http/1.1 (1 to 255 ASCII characters, no spaces)';

/**
 * A protocol's identification sequence (RFC 7301, section 3.1). All that IANA has registered consist of visible ASCII
 * characters.
 */
export function parseAlpn(text: string): Parsed<string> {
  return /^[\x21-\x7e]{1,255}$/.test(text)
    ? parsed(text)
    : refused(`expected ${alpnExpected}, found ${quote(text)}`);
}
