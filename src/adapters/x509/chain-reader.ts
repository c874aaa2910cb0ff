import { hash } from 'node:crypto';
import { createAged } from '../../core/aged.ts';
import type { Certificate } from '../../core/certificate.ts';
import { endOf } from '../../core/certificate-rules.ts';
import { chainFingerprint } from '../../core/chain-fingerprint.ts';
import { mostAddresses } from '../../core/domain.ts';
import { namesHost } from '../../core/host-name.ts';
import { createLru } from '../../core/lru.ts';
import { namedHosts } from '../../core/named-hosts.ts';
import type { Failure } from '../../core/observation.ts';
import type { ChainReader } from '../../flow/chain-reader.ts';
import { type AnchorStore, createAnchorStore } from './anchors.ts';
import { sizeFailure } from './chain-size.ts';
import { describeCertificate, isSignedBy, type OpenCertificate, openCertificate } from './decode.ts';
import { DecodeProblem } from './der.ts';
import { pathOf } from './path.ts';

/** Stores for different CA files that are kept at a time. */
const MAX_STORES = 500;

/** Chains share few intermediates, so their signatures are checked once: for P-384 that takes half a millisecond. */
const MAX_SIGNATURES = 5_000;

/** Certificates of new chains that are decoded once: few intermediates are on many of them. */
const MAX_CERTIFICATES = 5_000;

/** Of one host and CA: each of its addresses may have one for each type of key. A server may show another one each time. */
const MAX_CHAINS_OF_HOST = 2 * mostAddresses;

export interface ChainReaderOptions {
  /** PEM of the default trust store. */
  readonly roots: readonly string[];
  /** How long a host's chains are remembered after the last of them was read, in milliseconds. */
  readonly keptMs?: number;
}

/**
 * Measured on Node 20: 1.5 KB for each chain, so 300 MB if a worker watches 100,000 domains with two each. A remembered
 * chain takes 3 µs of CPU, a new one under known intermediates 0.7 ms.
 */
const DEFAULT_KEPT_MS = 2 * 86_400_000;

type Answer = ReturnType<ChainReader['read']>;

/** An answer, and how long it holds: no certificate in it starts or expires in `[from, until)`, in milliseconds. */
interface Remembered {
  readonly fingerprint: string;
  readonly answer: Answer;
  readonly from: number;
  readonly until: number;
}

interface Store {
  /** Identifies the CA in the cache keys. */
  readonly id: number;
  readonly anchors: AnchorStore;
}

/**
 * Reads chains with OpenSSL's signature checks, and remembers the results. Never throws because of what a server sent.
 */
export function createChainReader({ roots, keptMs = DEFAULT_KEPT_MS }: ChainReaderOptions): ChainReader {
  /** By CA and host; the latest chain comes first. */
  const answers = createAged<readonly Remembered[]>(keptMs);
  // All remembered answers share one object for each intermediate and root.
  const certificates = createLru<Certificate>(MAX_CERTIFICATES);
  const stores = createLru<Store>(MAX_STORES);
  const signatures = createLru<boolean>(MAX_SIGNATURES);
  let storesMade = 0;
  let defaultStore: Store | undefined;

  const makeStore = (pems: readonly string[]): Store => {
    storesMade += 1;
    return { id: storesMade, anchors: createAnchorStore(pems) };
  };

  const storeFor = (ca: string | undefined): Store => {
    if (ca === undefined) {
      defaultStore ??= makeStore(roots);
      return defaultStore;
    }
    const known = stores.get(ca);
    if (known !== undefined) return known;
    const store = makeStore([ca]);
    stores.set(ca, store);
    return store;
  };

  const describe = (open: OpenCertificate): Certificate => {
    const known = certificates.get(open.sha256);
    if (known !== undefined) return known;
    const certificate = describeCertificate(open);
    certificates.set(open.sha256, certificate);
    return certificate;
  };

  const isSignedByKnown = (child: OpenCertificate, issuer: OpenCertificate): boolean => {
    const pair = `${child.sha256} ${issuer.sha256}`;
    const known = signatures.get(pair) ?? isSignedBy(child, issuer);
    signatures.set(pair, known);
    return known;
  };

  return {
    read(chain, host, ca, now, fingerprint = fingerprintOf(chain)) {
      const failure = sizeFailure(chain);
      if (failure !== null) return { failure };
      const store = storeFor(ca);
      const key = `${store.id} ${host}`;
      const remembered = answers.get(key, now) ?? [];
      const known = remembered.find((one) => one.fingerprint === fingerprint);
      if (known !== undefined && known.from <= now && now < known.until) return known.answer;
      const opened = openChain(chain, describe);
      if (!Array.isArray(opened)) return { failure: opened };
      const [leaf, ...sent] = opened;
      if (leaf === undefined) throw new TypeError('an empty chain was let through');
      const presented = opened.map(describe);
      const means = { anchors: store.anchors, describe, isSignedBy: isSignedByKnown };
      const path = pathOf(leaf, sent, means, now);
      const { flaw, subjectAltNames } = leaf.extensions();
      // No name was read from a leaf with a flaw. The path reports the flaw; to report missing names would be untrue.
      const hostMatches = flaw !== null || namesHost(subjectAltNames, host);
      const names = hostMatches ? {} : { namedHosts: namedHosts(subjectAltNames) };
      const answer: Answer = { failure: null, decoded: { presented, path, hostMatches, ...names } };
      const others = remembered.filter((one) => one !== known).slice(0, MAX_CHAINS_OF_HOST - 1);
      answers.set(key, [{ fingerprint, answer, ...validityAround(presented, now) }, ...others], now);
      return answer;
    },
  };
}

function fingerprintOf(chain: readonly Uint8Array[]): string {
  return chainFingerprint(chain, (bytes) => hash('sha256', bytes, 'base64'));
}

/** Opens every certificate, including strays: a chain that cannot be read completely is never judged in part. */
function openChain(
  chain: readonly Uint8Array[],
  describe: (open: OpenCertificate) => Certificate,
): OpenCertificate[] | Failure {
  const opened: OpenCertificate[] = [];
  for (const der of chain) {
    try {
      const open = openCertificate(der);
      open.x509();
      describe(open);
      opened.push(open);
    } catch (error) {
      // Any error is due to these bytes. Reported as a failure, so that a server cannot cause a crash.
      const reason = error instanceof DecodeProblem ? error.message : 'unexpected structure';
      const place = `certificate ${opened.length + 1} of ${chain.length}`;
      return { code: 'certificate_undecodable', message: `${place} cannot be decoded: ${reason}` };
    }
  }
  return opened;
}

/**
 * The period around `now` in which no sent certificate starts or expires, so nothing changes. Anchors' dates don't
 * count.
 */
function validityAround(presented: readonly Certificate[], now: number): { from: number; until: number } {
  const moments = presented.flatMap((certificate) => [certificate.notBefore, endOf(certificate)]);
  return {
    from: Math.max(Number.NEGATIVE_INFINITY, ...moments.filter((moment) => moment <= now)),
    until: Math.min(Number.POSITIVE_INFINITY, ...moments.filter((moment) => moment > now)),
  };
}
