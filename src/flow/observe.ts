import { defaultAlpn } from '../core/alpn.ts';
import type { Domain } from '../core/domain.ts';
import type { Failure, Observation } from '../core/observation.ts';
import type { ProbeSettings } from '../core/settings.ts';
import type { ChainReader } from './chain-reader.ts';
import type { Handshaker } from './handshaker.ts';
import { observeAddress } from './observe-address.ts';
import { elapsed } from './shake-hands.ts';

/** Name resolution, away from libuv's thread pool, so that a slow resolver holds nothing else back. */
export interface Resolver {
  /** All IPv4 and IPv6 addresses of a name, sorted. Never rejects: what the resolver did is a value. */
  resolve(host: string, timeoutMs: number, signal: AbortSignal): Promise<readonly string[] | Failure>;
}

/** The network policy: loopback, link-local, multicast and private targets are refused unless allowed. */
export type Guard = (address: string) => Failure | null;

export interface ObservePorts {
  readonly resolver: Resolver;
  /** null: every address may be probed. */
  readonly guard: Guard | null;
  readonly handshaker: Handshaker;
  readonly chains: ChainReader;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

export type ObservedDomain = Pick<
  Domain,
  'host' | 'port' | 'ca' | 'connect' | 'keyTypes' | 'alpn' | 'platforms'
>;

export type ObserveSettings = Pick<
  ProbeSettings,
  'timeoutMs' | 'dnsTimeoutMs' | 'connectTimeoutMs' | 'handshakeTimeoutMs' | 'keyTypes' | 'addressesPerDomain'
>;

/** Which addresses one look is about; left out, those that the name resolves to. */
export interface Look {
  /** Exactly these: the confirming look. */
  readonly again?: readonly string[];
  /** These as well, also where the name does not resolve to them now: they were bad when last judged. */
  readonly remembered?: readonly string[];
  /** Counts the looks at a domain, so that one with more addresses than are probed at a time shows each in its turn. */
  readonly turn?: number;
  /** Nothing is taken from what is known of a server. A look again never does. */
  readonly inFull?: boolean;
}

/**
 * Probes every endpoint of a domain at once, each with its own result, addresses in order and key types within.
 * Rejects with the signal's reason where it is aborted, and for nothing else.
 */
export async function observeDomain(
  domain: ObservedDomain,
  settings: ObserveSettings,
  ports: ObservePorts,
  { again = [], remembered = [], turn = 0, inFull = false }: Look,
  signal: AbortSignal,
): Promise<Observation[]> {
  const keyTypes = domain.keyTypes ?? settings.keyTypes;
  const given = again.length > 0 ? again : (domain.connect ?? []);
  const startedAt = ports.clock();
  const found =
    given.length > 0 ? given : await ports.resolver.resolve(domain.host, settings.dnsTimeoutMs, signal);
  signal.throwIfAborted();
  if ('code' in found) {
    const durationMs = elapsed(startedAt, ports.clock());
    return keyTypes.map((keyType) => ({ address: null, keyType, durationMs, failure: found }));
  }
  // Addresses that a person wrote down are all probed: one left out silently would never be.
  const chosen = given.length > 0 ? found : spread(found, settings.addressesPerDomain, turn);
  const addresses = [...new Set([...chosen, ...(given.length > 0 ? [] : remembered)])];
  const { guard, handshaker, chains, clock } = ports;
  const probing = {
    domain: { ...domain, alpn: domain.alpn ?? defaultAlpn, forPhones: domain.platforms?.length !== 0 },
    limits: settings,
    ...{ handshaker, chains, clock, signal, inFull: inFull || again.length > 0 },
  };
  const observed = await Promise.all(
    addresses.map((address) => {
      // Here and not where the names are resolved: what was checked is what is connected to.
      const forbidden = guard?.(address) ?? null;
      if (forbidden === null) return observeAddress(address, keyTypes, probing);
      return keyTypes.map((keyType) => ({ address, keyType, durationMs: 0, failure: forbidden }));
    }),
  );
  return observed.flat().map((seen) => (isListed(seen, found) ? seen : { ...seen, unlisted: true }));
}

function isListed({ address }: Observation, found: readonly string[]): boolean {
  return address === null || found.includes(address);
}

/**
 * At most `limit` of the addresses, from both families by turns: a family that is never probed could break unseen.
 * The resolver's order is fixed, so that the next turn goes on where this one stops and comes by every address.
 */
function spread(addresses: readonly string[], limit: number, turn: number): readonly string[] {
  if (addresses.length <= limit) return addresses;
  const ipv6 = addresses.filter((address) => address.includes(':'));
  const ipv4 = addresses.filter((address) => !address.includes(':'));
  const fewest = Math.floor(limit / 2);
  const ipv6Share = Math.min(ipv6.length, Math.max(fewest, limit - ipv4.length));
  return [...inTurn(ipv4, limit - ipv6Share, turn), ...inTurn(ipv6, ipv6Share, turn)];
}

function inTurn(addresses: readonly string[], count: number, turn: number): string[] {
  const start = (turn * count) % Math.max(1, addresses.length);
  return [...addresses.slice(start), ...addresses.slice(0, start)].slice(0, count);
}
