import type { Certificate, ValidatedPath } from '../core/certificate.ts';
import type { Domain } from '../core/domain.ts';
import type { Failed, Failure, KeyType, Negotiated, Observation, Seen } from '../core/observation.ts';
import type { ProbeSettings } from '../core/settings.ts';

/** Name resolution, away from libuv's thread pool, so that a slow resolver holds nothing else back. */
export interface Resolver {
  /** All IPv4 and IPv6 addresses of a name, sorted. Never rejects: what the resolver did is a value. */
  resolve(host: string, timeoutMs: number, signal: AbortSignal): Promise<readonly string[] | Failure>;
}

/** The network policy: loopback, link-local, multicast and private targets are refused unless allowed. */
export type Guard = (address: string) => Failure | null;

/** `any` offers every signature scheme: it tells a key type that is not served from a server that refuses everybody. */
export type Offer = KeyType | 'any';

export interface HandshakeRequest {
  readonly address: string;
  readonly port: number;
  /** Sent as SNI, unless it is an IP literal. */
  readonly host: string;
  readonly offer: Offer;
  readonly connectTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
  /** For connect and handshake together. */
  readonly timeoutMs: number;
}

export interface Handshake {
  readonly failure: null;
  readonly protocol: string;
  /** DER, as presented, in wire order; never empty. */
  readonly chain: readonly Uint8Array[];
  readonly negotiated: Negotiated;
  /** As of `Seen`. */
  readonly broken: Failure | null;
}

export interface FailedHandshake {
  readonly failure: Failure;
  /** The server declined what was offered (`handshake_failure` and its like): perhaps this key type only is not served. */
  readonly refused: boolean;
}

/** One TLS handshake on a fresh connection. Never rejects but for an aborted signal, and leaves nothing open. */
export interface Handshaker {
  handshake(request: HandshakeRequest, signal: AbortSignal): Promise<Handshake | FailedHandshake>;
}

export interface DecodedChain {
  readonly presented: readonly Certificate[];
  readonly path: ValidatedPath;
  readonly hostMatches: boolean;
}

/** Decodes a presented chain and builds its path, from memory where the same chain was read before. */
export interface ChainReader {
  read(
    chain: readonly Uint8Array[],
    host: string,
    ca: string | undefined,
    now: number,
  ): { readonly failure: null; readonly decoded: DecodedChain } | { readonly failure: Failure };
}

export interface ObservePorts {
  readonly resolver: Resolver;
  /** null: every address may be probed. */
  readonly guard: Guard | null;
  readonly handshaker: Handshaker;
  readonly chains: ChainReader;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

export type ObservedDomain = Pick<Domain, 'host' | 'port' | 'ca' | 'connect' | 'keyTypes'>;

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
}

/**
 * Probes every endpoint of a domain at once, each with its own result, addresses in order and key types within.
 * Rejects with the signal's reason where it is aborted, and for nothing else.
 */
export async function observeDomain(
  domain: ObservedDomain,
  settings: ObserveSettings,
  ports: ObservePorts,
  { again = [], remembered = [], turn = 0 }: Look,
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
  const probe = { domain, settings, ports, signal };
  const observed = await Promise.all(addresses.map((address) => observeAddress(address, keyTypes, probe)));
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

interface Probe {
  readonly domain: ObservedDomain;
  readonly settings: ObserveSettings;
  readonly ports: ObservePorts;
  readonly signal: AbortSignal;
}

/** One endpoint's way through its handshakes; they share its deadline. */
interface Trial {
  readonly address: string;
  readonly keyType: KeyType;
  readonly startedAt: number;
}

/** What became of one offer: a chain, or why there is none. */
type Outcome =
  | { readonly handshake: Handshake; readonly decoded: DecodedChain; readonly failure: null }
  | { readonly failure: Failure; readonly refused: boolean; readonly served: boolean };

async function observeAddress(
  address: string,
  keyTypes: readonly KeyType[],
  probe: Probe,
): Promise<Observation[]> {
  const { guard, clock } = probe.ports;
  // Here and not where the names are resolved: what was checked is what is connected to.
  const forbidden = guard?.(address) ?? null;
  if (forbidden !== null) {
    return keyTypes.map((keyType) => ({ address, keyType, durationMs: 0, failure: forbidden }));
  }
  const tried = await Promise.all(
    keyTypes.map(async (keyType) => {
      const trial = { address, keyType, startedAt: clock() };
      const outcome = await shake(trial, trial.keyType, probe);
      return { trial, outcome, endedAt: clock() };
    }),
  );
  const served = tried.some(({ outcome }) => outcome.failure === null || outcome.served);
  const refused = tried.find(({ outcome }) => outcome.failure !== null && outcome.refused);
  // Refused by all: with every scheme on offer the server shows whether it serves anybody, and with which key.
  const any = !served && refused ? await shake(refused.trial, 'any', probe) : null;
  return tried.map(({ trial, outcome, endedAt }) => {
    if (outcome.failure === null || !outcome.refused) return observation(trial, outcome, endedAt);
    if (any?.failure === null && keyTypeOf(any.decoded) === trial.keyType) {
      return observation(trial, any, clock());
    }
    const evidence = served || (any !== null && (any.failure === null || any.served));
    return observation(
      trial,
      evidence ? notServed(trial.keyType, outcome) : outcome,
      any ? clock() : endedAt,
    );
  });
}

async function shake(
  { address, startedAt }: Trial,
  offer: Offer,
  { domain, settings, ports, signal }: Probe,
): Promise<Outcome> {
  const { host, port } = domain;
  const { connectTimeoutMs, handshakeTimeoutMs } = settings;
  // A second handshake of the same endpoint has only what the first one left, but enough to fail with its own code.
  const timeoutMs = Math.max(1, settings.timeoutMs - elapsed(startedAt, ports.clock()));
  const request = {
    ...{ address, port, host, offer },
    ...{ connectTimeoutMs, handshakeTimeoutMs, timeoutMs },
  };
  const handshake = await ports.handshaker.handshake(request, signal);
  if (handshake.failure !== null) return { ...handshake, served: showedChain(handshake.failure) };
  const read = ports.chains.read(handshake.chain, host, domain.ca, ports.clock());
  if (read.failure !== null) return { failure: read.failure, refused: false, served: true };
  return { handshake, decoded: read.decoded, failure: null };
}

/** The handshake ended over certificates that came: of what was offered, this key type is served. */
function showedChain({ code }: Failure): boolean {
  return code === 'chain_too_large' || code === 'certificate_undecodable';
}

function observation(
  { address, keyType, startedAt }: Trial,
  outcome: Outcome,
  endedAt: number,
): Seen | Failed {
  const endpoint = { address, keyType, durationMs: elapsed(startedAt, endedAt) };
  if (outcome.failure !== null) return { ...endpoint, failure: outcome.failure };
  const { protocol, negotiated, broken } = outcome.handshake;
  return { ...endpoint, failure: null, protocol, negotiated, broken, ...outcome.decoded };
}

function notServed(keyType: KeyType, { failure }: { readonly failure: Failure }): Outcome {
  const message = `no ${keyType === 'rsa' ? 'RSA' : 'ECDSA'} key is served at this address (${failure.message})`;
  return { failure: { code: 'key_type_not_served', message }, refused: true, served: true };
}

/** The offer that the leaf's key answers. */
function keyTypeOf({ presented }: DecodedChain): KeyType {
  return presented[0]?.key.startsWith('RSA') ? 'rsa' : 'ecdsa';
}

/** Whole milliseconds; a clock that was set back meanwhile gives 0. */
function elapsed(from: number, to: number): number {
  return Math.max(0, Math.round(to - from));
}
