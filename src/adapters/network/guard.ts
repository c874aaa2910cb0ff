/**
 * Which addresses may be probed. Otherwise a user who may register domains could make the service connect to machines
 * that only it can reach, and learn from the result what answers there (server-side request forgery).
 */
import { BlockList, isIP } from 'node:net';
import { canonicalIp } from '../../core/ip.ts';
import { createLru } from '../../core/lru.ts';
import type { Failure } from '../../core/observation.ts';
import type { Guard } from '../../flow/observe.ts';
import { specialPurpose } from './special-purpose.ts';

const rules = specialPurpose.map(([kind, networks]) => [kind, blockList(networks)] as const);

/** The same addresses are probed again and again, and judging a public one takes 20 µs on Node 20. Some 20 MB at most. */
const mostRemembered = 200_000;

/**
 * Refuses addresses that are not on the public internet, unless a CIDR block or address in `allow` covers them.
 * Throws a RangeError for an entry that is neither.
 */
export function createGuard(allow: readonly string[]): Guard {
  const allowed = blockList(allow);
  const judged = createLru<Failure | null>(mostRemembered);
  const judge = (address: string): Failure | null => {
    const canonical = canonicalIp(address);
    // Zones and other spellings: an address that can't be judged is not connected to.
    if (canonical === null) return refusal(address, 'not a plain IP address');
    const embedded = embeddedIpv4(canonical);
    if (matches(allowed, canonical) || (embedded !== null && matches(allowed, embedded))) return null;
    for (const [kind, list] of rules) {
      if (matches(list, canonical)) return refusal(address, kind);
      if (embedded !== null && matches(list, embedded)) return refusal(address, `${kind} (${embedded})`);
    }
    return null;
  };
  return (address) => {
    const known = judged.get(address);
    if (known !== undefined) return known;
    const answer = judge(address);
    judged.set(address, answer);
    return answer;
  };
}

function refusal(address: string, kind: string) {
  const message = `${address} is ${kind}, which is not probed unless network.allow includes it`;
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
 * The IPv4 address that a connection to an IPv6 one would end at: IPv4-mapped and IPv4-compatible (RFC 4291, section
 * 2.5.5), IPv4-translated (RFC 2765), NAT64 (RFC 6052) and 6to4 (RFC 3056). Null for any other. The blocks of the table
 * are refused whatever is embedded; for the others, which reach the public internet, the embedded address decides.
 */
function embeddedIpv4(canonical: string): string | null {
  if (!canonical.includes(':')) return null;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(canonical)?.[1];
  if (mapped !== undefined) return mapped;
  const groups = groupsOf(canonical);
  const dotted = (high = 0, low = 0) => [high >> 8, high & 255, low >> 8, low & 255].join('.');
  if (groups[0] === 0x2002) return dotted(groups[1], groups[2]);
  // The unspecified and the loopback address embed none, although they begin like IPv4-compatible ones.
  if (canonical === '::' || canonical === '::1') return null;
  const prefix = groups.slice(0, 6).join(' ');
  return embeddingPrefixes.includes(prefix) ? dotted(groups[6], groups[7]) : null;
}

/** The first six groups of IPv4-compatible, IPv4-translated and NAT64 addresses. */
const embeddingPrefixes = ['0 0 0 0 0 0', '0 0 0 0 65535 0', `${0x64} ${0xff9b} 0 0 0 0`];

/** The eight numbers of an IPv6 address in its canonical spelling. */
function groupsOf(canonical: string): number[] {
  const [head = '', tail = ''] = canonical.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':')).map((group) => Number(`0x${group}`));
  const [left, right] = [groups(head), groups(tail)];
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}
