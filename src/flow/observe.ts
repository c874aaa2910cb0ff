import { defaultAlpn } from '../core/alpn.ts';
import type { Target } from '../core/domain.ts';
import type { DomainSettings } from '../core/domain-settings.ts';
import type { Failure, Observation } from '../core/observation.ts';
import type { ProbeSettings } from '../core/settings.ts';
import type { ChainReader } from './chain-reader.ts';
import type { Handshaker } from './handshaker.ts';
import { observeAddress } from './observe-address.ts';
import { elapsed } from './shake-hands.ts';

/** Name resolution outside libuv's thread pool, so that a slow resolver delays nothing else. */
export interface Resolver {
  /** All IPv4 and IPv6 addresses of a name, sorted. Never rejects: failures are returned as values. */
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

export type ObservedDomain = Target & DomainSettings;

export type ObserveSettings = Pick<
  ProbeSettings,
  'timeoutMs' | 'dnsTimeoutMs' | 'connectTimeoutMs' | 'handshakeTimeoutMs' | 'keyTypes' | 'addressesPerDomain'
>;

/**
 * The addresses of one look, or places if there are several regions (core/place.ts); left out: those that the name
 * resolves to.
 */
export interface Look {
  /** Exactly these: the confirming look. */
  readonly again?: readonly string[];
  /** These as well, even if the name no longer resolves to them: they were bad when last judged. */
  readonly remembered?: readonly string[];
  /** Counts the looks at a domain, so that a domain with more addresses than one look covers shows them in turn. */
  readonly turn?: number;
  /** Nothing is taken from what is known of a server. A look again never does. */
  readonly inFull?: boolean;
}

/**
 * Probes every endpoint of a domain at once, each with its own result, addresses in order and key types within.
 * Rejects only with the signal's reason if it is aborted.
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
  // Configured addresses are all probed: one that was silently left out would never be.
  const chosen = given.length > 0 ? found : spread(found, settings.addressesPerDomain, turn);
  const others = given.length > 0 ? [] : remembered;
  const addresses = others.length === 0 && chosen.length < 2 ? chosen : [...new Set([...chosen, ...others])];
  const { guard, handshaker, chains, clock } = ports;
  const probing = {
    domain: { ...domain, alpn: domain.alpn ?? defaultAlpn, forPhones: domain.platforms?.length !== 0 },
    limits: settings,
    ...{ handshaker, chains, clock, signal, inFull: inFull || again.length > 0 },
  };
  const observed = await Promise.all(
    addresses.map((address) => {
      // Checked here and not at name resolution, so that the checked address is the one connected to.
      const forbidden = guard?.(address) ?? null;
      if (forbidden === null) return observeAddress(address, keyTypes, probing);
      return keyTypes.map((keyType) => ({ address, keyType, durationMs: 0, failure: forbidden }));
    }),
  );
  const seen = observed.flat();
  return others.length === 0
    ? seen
    : seen.map((one) => (isListed(one, found) ? one : { ...one, unlisted: true }));
}

function isListed({ address }: Observation, found: readonly string[]): boolean {
  return address === null || found.includes(address);
}

/**
 * At most `limit` of the addresses, alternating between families: a family that is never probed could break unnoticed.
 * The resolver's order is fixed, so the next turn continues where this one stops and reaches every address.
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
