/**
 * Which addresses may be probed. Whoever may register a domain could otherwise have the service connect to machines that
 * only it can reach, and learn from the result what answers there (server-side request forgery).
 */
import { BlockList, isIP } from 'node:net';
import { canonicalIp } from '../../core/ip.ts';
import type { Guard } from '../../flow/observe.ts';

/** The IANA special-purpose registries (RFC 6890). Documentation networks are left out: nothing is behind them. */
const forbidden: readonly (readonly [kind: string, networks: readonly string[]])[] = [
  ['an unspecified address', ['0.0.0.0/8', '::/128']],
  ['a loopback address', ['127.0.0.0/8', '::1/128']],
  ['a private address', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fec0::/10']],
  ['a link-local address', ['169.254.0.0/16', 'fe80::/10']],
  ['an address of carrier-grade NAT', ['100.64.0.0/10']],
  ['an address for protocol assignments', ['192.0.0.0/24']],
  // RFC 8215: what is behind it is up to the network that pinwatch stands in, private addresses too.
  ['an address of a local NAT64', ['64:ff9b:1::/48']],
  ['an address of a benchmarking network', ['198.18.0.0/15']],
  ['a multicast address', ['224.0.0.0/4', 'ff00::/8']],
  ['a reserved or broadcast address', ['240.0.0.0/4']],
];

const rules = forbidden.map(([kind, networks]) => [kind, blockList(networks)] as const);

/**
 * Refuses what is not on the public internet, unless one of the CIDR blocks or addresses in `allow` has it.
 * Throws a RangeError for an entry that is neither.
 */
export function createGuard(allow: readonly string[]): Guard {
  const allowed = blockList(allow);
  return (address) => {
    const canonical = canonicalIp(address);
    // Zones and other spellings: what can't be judged is not connected to.
    if (canonical === null) return refusal(address, 'no plain IP address');
    const embedded = embeddedIpv4(canonical);
    if (matches(allowed, canonical) || (embedded !== null && matches(allowed, embedded))) return null;
    for (const [kind, list] of rules) {
      if (matches(list, canonical)) return refusal(address, kind);
      if (embedded !== null && matches(list, embedded)) return refusal(address, `${kind} (${embedded})`);
    }
    return null;
  };
}

function refusal(address: string, kind: string) {
  const message = `${address} is ${kind}, which is not probed unless network.allow has it`;
  return { code: 'target_forbidden', message } as const;
}

function matches(list: BlockList, address: string): boolean {
  return list.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [, address = '', prefixText] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(network) ?? [];
    const version = isIP(address);
    const longest = version === 6 ? 128 : 32;
    const prefix = prefixText === undefined ? longest : Number(prefixText);
    if (version === 0 || address.includes('%') || prefix > longest) {
      throw new RangeError(`expected an address or a CIDR block such as 10.0.0.0/8, found "${network}"`);
    }
    list.addSubnet(address, prefix, version === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

/**
 * The IPv4 address that a connection to an IPv6 one would end at: IPv4-mapped (RFC 4291, section 2.5.5.2), NAT64
 * (RFC 6052) and 6to4 (RFC 3056). Null for any other.
 */
function embeddedIpv4(canonical: string): string | null {
  if (!canonical.includes(':')) return null;
  const mapped = /^::ffff:([\d.]+)$/.exec(canonical)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = canonical.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':')).map((group) => Number(`0x${group}`));
  const [left, right] = [groups(head), groups(tail ?? '')];
  const all = [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
  const at = (index: number) => all[index] ?? 0;
  const dotted = (high: number, low: number) => [high >> 8, high & 255, low >> 8, low & 255].join('.');
  if (at(0) === 0x64 && at(1) === 0xff9b && all.slice(2, 6).every((group) => group === 0)) {
    return dotted(at(6), at(7));
  }
  return at(0) === 0x2002 ? dotted(at(1), at(2)) : null;
}
