import { type Parsed, parsed, refused } from './parsed.ts';
import { quote } from './quote.ts';

export const addressExpected = 'an IP address such as 192.0.2.10 or 2001:db8::10';

/** Reads an address as a person writes it. */
export function parseAddress(text: string): Parsed<string> {
  const address = canonicalIp(text.trim());
  return address === null ? refused(`expected ${addressExpected}, found ${quote(text)}`) : parsed(address);
}

/**
 * The address in its canonical spelling (RFC 5952 for IPv6); null if the text is not an IP address. No brackets, no
 * zone.
 */
export function canonicalIp(text: string): string | null {
  if (ipv4Bytes(text) !== null) return text;
  const groups = ipv6Groups(text);
  return groups === null ? null : formatIpv6(groups);
}

/** The 4 or 16 octets of an address, as in a certificate; null if the text is not an IP address. */
export function addressBytes(text: string): number[] | null {
  return ipv4Bytes(text) ?? ipv6Groups(text)?.flatMap((group) => [group >> 8, group & 255]) ?? null;
}

/** The canonical spelling of an address of 4 or 16 octets; other octets in hexadecimal. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const hex = Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0'));
  if (bytes.length !== 16) return `0x${hex.join('')}`;
  return formatIpv6(
    Array.from({ length: 8 }, (_, at) => (bytes[2 * at] ?? 0) * 256 + (bytes[2 * at + 1] ?? 0)),
  );
}

/** Four decimal numbers without leading zeros, which some resolvers would read as octal (RFC 6943, section 3.1.1). */
function ipv4Bytes(text: string): number[] | null {
  if (!/^(?:(?:0|[1-9]\d{0,2})\.){3}(?:0|[1-9]\d{0,2})$/.test(text)) return null;
  const bytes = text.split('.').map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : null;
}

/** Eight numbers of 16 bits (RFC 4291, section 2.2); null if the text is not an IPv6 address. */
function ipv6Groups(text: string): number[] | null {
  // 45 characters: eight groups, the last two as IPv4.
  if (text.length > 45 || !/^[0-9a-fA-F:.]+$/.test(text)) return null;
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = hexGroups(halves[0] ?? '', halves.length === 1);
  const tail = hexGroups(halves[1] ?? '', true);
  if (head === null || tail === null) return null;
  if (halves.length === 1) return head.length === 8 ? head : null;
  // `::` stands for at least one group.
  const missing = 8 - head.length - tail.length;
  return missing >= 1 ? [...head, ...new Array<number>(missing).fill(0), ...tail] : null;
}

/** The groups on one side of `::`; only the last may be written as IPv4. */
function hexGroups(text: string, mayEndInIpv4: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const [a, b, c, d] = (mayEndInIpv4 && index === parts.length - 1 && ipv4Bytes(part)) || [];
    if (a === undefined || b === undefined || c === undefined || d === undefined) return null;
    groups.push(a * 256 + b, c * 256 + d);
  }
  return groups;
}

/** RFC 5952: lower case, no leading zeros, the first longest run of at least two zero groups as `::`. */
function formatIpv6(groups: readonly number[]): string {
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) {
    // Section 5: an IPv4-mapped address shows its IPv4 address.
    const bytes = groups.slice(6).flatMap((group) => [group >> 8, group & 255]);
    return `::ffff:${bytes.join('.')}`;
  }
  const hex = groups.map((group) => group.toString(16));
  let start = 0;
  let longest = 0;
  for (let at = 0; at < 8; at += 1) {
    let end = at;
    while (groups[end] === 0) end += 1;
    if (end - at > longest) [start, longest] = [at, end - at];
  }
  if (longest < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + longest).join(':')}`;
}
