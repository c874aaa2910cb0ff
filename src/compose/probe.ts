/**
 * The part of the composition root that makes probes: shared by the service and `pinwatch check`, which has to start
 * fast and does not need Redis, HTTP or mail.
 */
import { statSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { domainToASCII } from 'node:url';
import { createResolver } from '../adapters/dns/resolver.ts';
import { createGuard } from '../adapters/network/guard.ts';
import { readHidden } from '../adapters/terminal/hidden-input.ts';
import { readStandardInput, standardInputChunks } from '../adapters/terminal/standard-input.ts';
import { createLanes, type Lane } from '../adapters/time/lanes.ts';
import { createSparingHandshaker } from '../adapters/tls/fast/handshaker.ts';
import { fingerprintOf } from '../adapters/tls/fingerprint.ts';
import { createHandshaker } from '../adapters/tls/handshaker.ts';
import { proxied } from '../adapters/tls/proxy/proxied.ts';
import { direct } from '../adapters/tls/route.ts';
import { readAnchors, readRoots } from '../adapters/x509/anchors.ts';
import { certificatesIn } from '../adapters/x509/certificates-in.ts';
import { createChainReader } from '../adapters/x509/chain-reader.ts';
import { maxSourceBytes, readPinSource } from '../adapters/x509/pin-sources.ts';
import type { BatchPorts } from '../cli/check-batch.ts';
import { mostListBytes } from '../cli/check-targets.ts';
import type { PinFromPorts } from '../cli/pin-from.ts';
import type { ReadPinFile } from '../cli/pins-from.ts';
import type { CaFile, CheckPorts } from '../cli/probing-options.ts';
import type { Config } from '../config/config.ts';
import type { ReadAnchors } from '../config/outside.ts';
import { type Aged, createAged } from '../core/aged.ts';
import { mostAddresses } from '../core/domain.ts';
import { isInFull } from '../core/full-handshake.ts';
import { defaultKeyTypes, type Observation } from '../core/observation.ts';
import { type Parsed, parsed, refused } from '../core/parsed.ts';
import { mostImportedBytes } from '../core/pin-set.ts';
import { quote } from '../core/quote.ts';
import type { ReadRoots } from '../flow/admin/roots.ts';
import type { ChainReader } from '../flow/chain-reader.ts';
import type { HandshakeKind, Handshaker } from '../flow/handshaker.ts';
import type { LookRequest, RegionPorts } from '../flow/looks/look-from-regions.ts';
import { lookRaw, type RawObservation, readRaw } from '../flow/looks/raw-look.ts';
import { type Look, type ObservedDomain, observeDomain } from '../flow/observe.ts';
import type { PublishPorts } from '../flow/publish/ports.ts';
import type { RotationPorts } from '../flow/rotate/ports.ts';
import { loadPinTexts } from './pin-texts.ts';
import { rebuilt, type Settings } from './settings.ts';

const clock = () => Date.now();

type ReadFile = (path: string, mostBytes?: number) => Parsed<Uint8Array>;

/** What `pinwatch check` needs: the same probe as the service's, without its network policy, memory or Redis. */
export function composeCheck(readFile: ReadFile): CheckPorts {
  const { resolver, handshaker } = probePorts();
  return {
    clock,
    toAscii: domainToASCII,
    readCaFile: (path) => {
      const file = readFile(path);
      if (!file.ok) return refused(`${quote(path)} cannot be read: ${file.problem}`);
      const ca = readCaFile(file.value);
      return ca.ok ? ca : refused(`${quote(path)}: ${ca.problem}`);
    },
    readPinFile: readPinFile(readFile),
    readHosts: (path) => {
      const file = readFile(path === '-' ? '/dev/stdin' : path, mostListBytes);
      return file.ok
        ? parsed(new TextDecoder().decode(file.value))
        : refused(`${quote(path)} cannot be read: ${file.problem}`);
    },
    observe: (domain, timeoutMs, signal = new AbortController().signal) => {
      // A new chain reader each time, because only this part remembers what it saw.
      const ports = { resolver, handshaker, chains: createChains(), clock, guard: null };
      const limits = {
        timeoutMs,
        dnsTimeoutMs: timeoutMs,
        connectTimeoutMs: timeoutMs,
        handshakeTimeoutMs: timeoutMs,
        keyTypes: defaultKeyTypes,
        addressesPerDomain: mostAddresses,
      };
      return observeDomain(domain, limits, ports, {}, signal);
    },
  };
}

/** What `pinwatch check --batch` needs in addition. */
export function composeBatch(readFile: ReadFile): BatchPorts {
  return {
    ...composeCheck(readFile),
    read: standardInputChunks,
    // Resolves once the text has left this process, so that a slow reader holds the probes back.
    write: (text) =>
      new Promise((resolve) => {
        process.stdout.write(text, (error) => resolve(!error));
      }),
  };
}

/** What `pinwatch pin from` needs: the probe of a check, and the readers of files, standard input and terminal. */
export function composePinFrom(readFile: ReadFile): PinFromPorts {
  return {
    ...composeCheck(readFile),
    fileExists,
    readSource: (path) => readFile(path, maxSourceBytes),
    readStandardInput: () => readStandardInput(maxSourceBytes),
    readHidden,
    readPins: readPinSource,
  };
}

/** Devices and pipes count, as in `<(openssl …)`; folders don't. */
function fileExists(path: string): boolean {
  try {
    return !statSync(path).isDirectory();
  } catch {
    // Missing, or in an unreadable folder: reading the file will report which.
    return false;
  }
}

/** What a CA file holds, for readers of a configuration. */
export const countAnchors: ReadAnchors = readAnchors;

/** As `countAnchors`, for roots that come through the API. */
export const readStrangersRoots: ReadRoots = (pem) => readRoots(pem, rootLanes.open());
const rootLanes = createLanes();

/** Reads certificates that somebody wants to deploy. */
export function composeCertificates(): Pick<RotationPorts, 'readCertificates' | 'readChain'> {
  const chains = createChains();
  const lanes = createLanes();
  return {
    readCertificates: certificatesIn,
    readChain: async (chain, { host, ca }) => {
      await lanes.open()();
      return chains.read(chain, host, ca, clock());
    },
  };
}

/** A CA file that holds at least one root, or what is wrong with it. */
function readCaFile(file: Uint8Array): Parsed<CaFile> {
  const pem = new TextDecoder().decode(file);
  const found = readAnchors(pem);
  return 'problem' in found ? refused(found.problem) : parsed({ pem, others: found.others });
}

function readPinFile(readFile: ReadFile): ReadPinFile {
  return async (path, options) => {
    const file = readFile(path, mostImportedBytes);
    if (!file.ok) return file;
    const { decode, read } = await loadPinTexts();
    const text = decode(file.value);
    return text.ok ? parsed(read(text.value, options)) : text;
  };
}

type Egress = Pick<Config['probe'], 'resolvers' | 'resolverCa' | 'proxy'>;

const straight: Egress = { resolvers: [], resolverCa: null, proxy: null };

function probePorts({ resolvers, resolverCa, proxy }: Egress = straight, keptMs?: number) {
  return {
    resolver: createResolver({ servers: resolvers, ca: resolverCa }),
    handshaker: createHandshaker(proxy === null ? direct : proxied(proxy)),
    chains: createChains(keptMs),
    clock,
  };
}

function createChains(keptMs?: number): ChainReader {
  return createChainReader({ roots: rootCertificates, ...(keptMs === undefined ? {} : { keptMs }) });
}

type ProbingConfig = Pick<Config, 'network' | 'probe' | 'intervalMs'>;

const probingOf = ({ network, probe, intervalMs }: Config): ProbingConfig => ({ network, probe, intervalMs });

/** Looks from here, and what other regions have to do with it. */
export interface Looking {
  readonly observe: (domain: ObservedDomain, look: Look, signal: AbortSignal) => Promise<Observation[]>;
  /** For workers in another region. */
  readonly observeRaw: (request: LookRequest, signal: AbortSignal) => Promise<RawObservation[]>;
  /** Reads what another region saw. */
  readonly read: RegionPorts['read'];
}

/** Probes as the service does: within its limits and its network policy. `count` is told of each handshake. */
export function composeObserve(settings: Settings, count: (kind: HandshakeKind) => void): Looking {
  const now = rebuilt(settings, probingOf, (config) => observeOf(config, count));
  return {
    observe: (domain, look, signal) => now().observe(domain, look, signal),
    observeRaw: (request, signal) => now().observeRaw(request, signal),
    read: (raw, domain, signal) => now().read(raw, domain, signal),
  };
}

function observeOf(
  { network, probe, intervalMs }: ProbingConfig,
  count: (kind: HandshakeKind) => void,
): Looking {
  const probing = { ...probePorts(probe, intervalMs + keptMs), guard: createGuard(network.allow) };
  const sparing = { clock, isDistrusted: probe.fastPath === 'distrusted', count };
  // A proxy's connection costs more than what the fast path saves.
  const handshakes =
    probe.fastPath && probe.proxy === null
      ? createSparingHandshaker(probing.handshaker, sparing)
      : counted(probing.handshaker, count);
  const lanes = createLanes();
  const seen = createAged<readonly string[]>(intervalMs + keptMs);
  const observe = (domain: ObservedDomain, look: Look, chains: ChainReader, signal: AbortSignal) => {
    // One turn per interval, because that is how often a domain is probed.
    const turn = Math.floor(clock() / intervalMs);
    const inFull = isInFull(domain.host, turn, probe.fullHandshakeEvery);
    const handshaker = unhurried(handshakes, lanes.open(), seen);
    return observeDomain(
      domain,
      probe,
      { ...probing, handshaker, chains },
      { ...look, turn, inFull },
      signal,
    );
  };
  const { chains } = probing;
  return {
    observe: (domain, look, signal) => observe(domain, look, chains, signal),
    observeRaw: ({ domain, look }, signal) =>
      lookRaw(chains, (recording) => observe(domain, look, recording, signal)),
    async read(raw, domain, signal) {
      if (raw.failure === null) {
        const fingerprint = fingerprintOf(raw.chain);
        if (!wasSeen(domain.host, fingerprint, seen)) {
          await inItsTurn(domain.host, fingerprint, lanes.open(), seen);
        }
        signal.throwIfAborted();
      }
      return readRaw(raw, domain, chains, clock());
    },
  };
}

/** As the service probes, but every address and key type, each with a handshake in full: before a publication. */
export function composeObserveAll(settings: Settings): PublishPorts['observeAll'] {
  const now = rebuilt(settings, probingOf, observeAllOf);
  return (domain, look, signal) => now()(domain, look, signal);
}

function observeAllOf({ network, probe }: ProbingConfig): PublishPorts['observeAll'] {
  const probing = { ...probePorts(probe), guard: createGuard(network.allow) };
  const settings = { ...probe, addressesPerDomain: mostAddresses };
  return (domain, look, signal) =>
    observeDomain(domain, settings, probing, { ...look, inFull: true }, signal);
}

function counted({ handshake }: Handshaker, count: (kind: HandshakeKind) => void): Handshaker {
  return {
    handshake(request, signal) {
      count('full');
      return handshake(request, signal);
    },
  };
}

/** What a worker knows of domains that are probed by others meanwhile: the next batch with them may come here again. */
const keptMs = 24 * 3_600_000;

/** Of one host: each address may have one for each type of key. */
const mostChains = 2 * mostAddresses;

/**
 * After a handshake its chain is read, and a hostile server can make that verification take 30 ms and more. A new chain
 * waits until it is its domain's turn; a chain seen before, as nearly all are, has already been read. That a server is
 * known is not enough: of a host with very many chains, the oldest are forgotten, and read again.
 */
function unhurried(handshaker: Handshaker, lane: Lane, seen: Aged<readonly string[]>): Handshaker {
  return {
    ...handshaker,
    async handshake(request, signal) {
      const handshake = await handshaker.handshake(request, signal);
      // Nearly always so, and then not worth waiting for.
      if (handshake.failure !== null || wasSeen(request.host, handshake.fingerprint, seen)) return handshake;
      await inItsTurn(request.host, handshake.fingerprint, lane, seen);
      return handshake;
    },
  };
}

function wasSeen(host: string, fingerprint: string, seen: Aged<readonly string[]>): boolean {
  return seen.get(host, clock())?.includes(fingerprint) ?? false;
}

/** Resolves when a chain that was not seen before may be read. */
async function inItsTurn(host: string, fingerprint: string, lane: Lane, seen: Aged<readonly string[]>) {
  await lane();
  const now = clock();
  // Asked for after the turn: other chains of the host may have had theirs meanwhile.
  const others = (seen.get(host, now) ?? []).filter((one) => one !== fingerprint);
  seen.set(host, [fingerprint, ...others].slice(0, mostChains), now);
}
