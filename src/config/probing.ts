/** How a domain is probed and judged: the same lists for a domain, its account and the installation. */
import { alpnExpected, mostAlpn, parseAlpn } from '../core/alpn.ts';
import { canonicalIp } from '../core/ip.ts';
import { type KeyType, keyTypes } from '../core/observation.ts';
import { type Parsed, parsed, refused } from '../core/parsed.ts';
import { type Platform, platforms } from '../core/platforms.ts';
import { quote } from '../core/quote.ts';
import type { FastPath } from '../core/settings.ts';
import type { Place, Reader } from './reader.ts';

/** A real domain has a handful. */
export const mostAddresses = 64;
/** Of a closed set: more are there twice. */
const mostNames = 16;

export const addressExpected = 'an IP address such as 192.0.2.10 or 2001:db8::10';

export function readConnect(reader: Reader, place: Place): string[] | undefined {
  if (place.raw === undefined) return undefined;
  if (Array.isArray(place.raw) && place.raw.length === 0) {
    return reader.fail(place.path, 'expected at least one IP address, or no such key to resolve the name');
  }
  return reader.distinct(reader.list(place, 'IP addresses', mostAddresses), (entry) =>
    reader.parse(entry, addressExpected, parseAddress),
  );
}

export function parseAddress(text: string): Parsed<string> {
  const address = canonicalIp(text.trim());
  return address === null ? refused(`expected ${addressExpected}, found ${quote(text)}`) : parsed(address);
}

export function readKeyTypes(reader: Reader, place: Place): KeyType[] | undefined {
  if (place.raw === undefined) return undefined;
  if (Array.isArray(place.raw) && place.raw.length === 0) {
    return reader.fail(place.path, `expected at least one of ${keyTypes.join(', ')}`);
  }
  const places = reader.list(place, 'key types', mostNames);
  return reader.distinct(places, (entry) => reader.choice(entry, keyTypes));
}

/** Empty: no ALPN is offered. */
export function readAlpn(reader: Reader, place: Place): string[] | undefined {
  if (place.raw === undefined) return undefined;
  return reader.distinct(reader.list(place, 'ALPN protocols', mostAlpn), (entry) =>
    reader.parse(entry, alpnExpected, parseAlpn),
  );
}

/** Empty: no platform's rules count. */
export function readPlatforms(reader: Reader, place: Place): Platform[] | undefined {
  if (place.raw === undefined) return undefined;
  const places = reader.list(place, 'platforms', mostNames);
  return reader.distinct(places, (entry) => reader.choice(entry, platforms));
}

export function readFastPath(reader: Reader, place: Place): FastPath {
  const raw = typeof place.raw === 'boolean' ? String(place.raw) : place.raw;
  const word = reader.choice({ path: place.path, raw }, ['true', 'false', 'distrusted']) ?? 'true';
  return word === 'distrusted' ? word : word === 'true';
}
