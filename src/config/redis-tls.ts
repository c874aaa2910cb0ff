import { canonicalIp } from '../core/ip.ts';
import { type Parsed, refused } from '../core/parsed.ts';
import { quote } from '../core/quote.ts';
import { parseHostName } from '../core/target.ts';
import type { RedisTlsSettings } from './config.ts';
import { readKeyPair } from './key-pair.ts';
import { keys } from './keys.ts';
import type { Outside } from './outside.ts';
import type { ReadCa } from './probing.ts';
import { isMap, type Place, type Reader } from './reader.ts';

const nameExpected = 'a host name such as redis.example.com';

/** null: left out, or wrong. An empty map is TLS by the defaults of Node.js. */
export function readRedisTls(
  reader: Reader,
  place: Place,
  readCa: ReadCa,
  outside: Outside,
): RedisTlsSettings | null {
  if (place.raw === undefined) return null;
  if (place.raw === null) {
    // Not the same as left out: with sentinels, that would be no TLS.
    reader.expected(place, 'a map, or {} for TLS with the default trust store');
    return null;
  }
  const at = reader.section(place, keys.redisTls);
  if (!isMap(place.raw)) return null;
  const hasClient = at.certFile.raw !== undefined || at.keyFile.raw !== undefined;
  return {
    ca: readCa(at.caFile) ?? null,
    client: hasClient ? readKeyPair(reader, place, at, outside) : null,
    serverName: reader.parse(at.serverName, nameExpected, (text) => parseServerName(text, outside)) ?? null,
  };
}

/** A certificate is for an address only if that is what is connected to: SNI has names (RFC 6066, section 3). */
function parseServerName(text: string, { toAscii }: Outside): Parsed<string> {
  const found = `expected ${nameExpected}, found ${quote(text)}`;
  if (canonicalIp(text) !== null) return refused(found);
  const name = parseHostName(text, toAscii);
  return name.ok ? name : refused(`${found}: ${name.problem}`);
}
