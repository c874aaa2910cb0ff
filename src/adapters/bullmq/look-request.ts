/**
 * What is asked of another region, as a job's data. It comes from our own workers, perhaps of another version, through a
 * Redis that others may write to: nothing is believed that was not checked. Where may be connected to is for the network
 * policy of the worker that looks.
 */
import { mostAlpn, parseAlpn } from '../../core/alpn.ts';
import { mostAddresses } from '../../core/domain.ts';
import { canonicalIp } from '../../core/ip.ts';
import { keyTypes } from '../../core/observation.ts';
import { platforms } from '../../core/platforms.ts';
import { parseTarget } from '../../core/target.ts';
import type { LookRequest } from '../../flow/looks/look-from-regions.ts';
import { isMap, listOf, oneOf, textUpTo, wrong } from './checked-json.ts';

/** A file may have a thousand roots. */
const mostCaCharacters = 4 * 1024 * 1024;

export function readLookRequest(data: unknown): LookRequest {
  if (!isMap(data) || !isMap(data.domain) || !isMap(data.look)) throw wrong('a domain and a look', data);
  const { host, port, ca, ...given } = data.domain;
  const target = parseTarget(textUpTo(host, 300), (name) => name);
  if (!target.ok || target.value.host !== host) throw wrong('a host', host);
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535)
    throw wrong('a port', port);
  const domain = {
    host,
    port,
    keyTypes: listOf(given.keyTypes, keyTypes.length, (one) => oneOf(keyTypes, one)),
    ...(given.connect === undefined ? {} : { connect: addresses(given.connect) }),
    ...(given.alpn === undefined ? {} : { alpn: listOf(given.alpn, mostAlpn, protocol) }),
    ...(given.platforms === undefined
      ? {}
      : { platforms: listOf(given.platforms, platforms.length, (one) => oneOf(platforms, one)) }),
    ...(ca === undefined ? {} : { ca: textUpTo(ca, mostCaCharacters) }),
  };
  const { again, remembered } = data.look;
  // Of a look again: those that the name resolves to, and the remembered ones.
  const most = 2 * mostAddresses;
  return { domain, look: { again: addresses(again, most), remembered: addresses(remembered) } };
}

function addresses(value: unknown, most = mostAddresses): string[] {
  return listOf(value, most, (one) => {
    const address = canonicalIp(textUpTo(one, 60));
    if (address === null) throw wrong('an IP address', one);
    return address;
  });
}

function protocol(value: unknown): string {
  const read = parseAlpn(textUpTo(value, 255));
  if (!read.ok) throw wrong('an ALPN protocol', value);
  return read.value;
}
