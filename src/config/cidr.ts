import { canonicalIp } from '../core/ip.ts';
import { type Parsed, parsed, refused } from '../core/parsed.ts';
import { quote } from '../core/quote.ts';

export const cidrExpected = 'an address block such as 10.0.0.0/8 or fd00::/8, or one IP address';

/** A CIDR block (RFC 4632, RFC 4291 section 2.3), always with its prefix length; an address alone is a block of one. */
export function parseCidr(text: string): Parsed<string> {
  const [, addressText = '', lengthText] = /^([^/]*)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text.trim()) ?? [];
  const address = canonicalIp(addressText);
  const bits = address?.includes(':') ? 128 : 32;
  const length = Number(lengthText ?? bits);
  return address !== null && length <= bits
    ? parsed(`${address}/${length}`)
    : refused(`expected ${cidrExpected}, found ${quote(text)}`);
}
