import { createHash } from 'node:crypto';
import type { Certificate, ValidatedPath } from '../../core/certificate.ts';
import type { Failure } from '../../core/observation.ts';
import { buildPath } from '../../core/path.ts';
import type { ChainReader } from '../../flow/chain-reader.ts';
import { type AnchorStore, createAnchorStore } from './anchors.ts';
import {
  describeCertificate,
  isSelfIssued,
  isSignedBy,
  type OpenCertificate,
  openCertificate,
} from './decode.ts';
import { DecodeProblem } from './der.ts';
import { namesHost } from './host-name.ts';
import { createLru } from './lru.ts';

/** Checked before anything is parsed: what one server can make us read. */
const MAX_CERTIFICATES = 20;
const MAX_CERTIFICATE_BYTES = 65_536;
const MAX_CHAIN_BYTES = 102_400;

/**
 * An honest chain needs one check for each certificate, a few more with cross-signatures. Twenty certificates of one
 * name and the slowest RSA keys would need 190, of up to 6.4 ms each, while nothing else runs. A signature that is not
 * checked counts as a false one.
 */
const MAX_SIGNATURE_CHECKS = 32;

/** Of different CA files at a time. */
const MAX_STORES = 500;

export interface ChainReaderOptions {
  /** PEM of the default trust store. */
  readonly roots: readonly string[];
  /** How many chains to remember, each with its host and CA. */
  readonly remembered?: number;
}

/**
 * Measured: 1.3 KB each, so 66 MB where a worker watches that many. A chain that is not remembered costs 0.4 ms of CPU
 * on Node 24, 1 ms on 20. Sweeps go round in the same order, so a memory that is too small never hits: rather too large.
 */
const DEFAULT_REMEMBERED = 50_000;

type Answer = ReturnType<ChainReader['read']>;

/** An answer, and the time in which no certificate that it rests on begins or ends: `[from, until)`, in milliseconds. */
interface Remembered {
  readonly answer: Answer;
  readonly from: number;
  readonly until: number;
}

interface Store {
  /** Stands for the CA in the keys of what is remembered. */
  readonly id: number;
  readonly anchors: AnchorStore;
}

/** Reads chains with OpenSSL's signature checks, and remembers what it read. Never throws over what a server sent. */
export function createChainReader({
  roots,
  remembered = DEFAULT_REMEMBERED,
}: ChainReaderOptions): ChainReader {
  const answers = createLru<Remembered>(remembered);
  // Intermediates and roots are few and on many chains: one object for each, shared by all that is remembered.
  const certificates = createLru<Certificate>(remembered);
  const stores = createLru<Store>(MAX_STORES);
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

  return {
    read(chain, host, ca, now) {
      const failure = sizeFailure(chain);
      if (failure !== null) return { failure };
      const store = storeFor(ca);
      const key = `${store.id} ${host} ${fingerprint(chain)}`;
      const known = answers.get(key);
      if (known !== undefined && known.from <= now && now < known.until) return known.answer;
      const opened = openChain(chain, describe);
      if (!Array.isArray(opened)) return { failure: opened };
      const [leaf] = opened;
      const { path, from, until } = readPath(opened, store.anchors, describe, now);
      const decoded = {
        presented: opened.map(describe),
        path,
        hostMatches: leaf !== undefined && namesHost(leaf.x509(), host),
      };
      const answer: Answer = { failure: null, decoded };
      answers.set(key, { answer, from, until });
      return answer;
    },
  };
}

function sizeFailure(chain: readonly Uint8Array[]): Failure | null {
  if (chain.length === 0) return { code: 'no_certificate', message: 'the server sent no certificate' };
  const tooLarge = (message: string): Failure => ({ code: 'chain_too_large', message });
  if (chain.length > MAX_CERTIFICATES) {
    return tooLarge(`the server sent ${chain.length} certificates; the limit is ${MAX_CERTIFICATES}`);
  }
  let total = 0;
  for (const [index, { length }] of chain.entries()) {
    if (length > MAX_CERTIFICATE_BYTES) {
      return tooLarge(
        `certificate ${index + 1} of ${chain.length} has ${length} bytes; the limit is ${MAX_CERTIFICATE_BYTES}`,
      );
    }
    total += length;
  }
  return total > MAX_CHAIN_BYTES
    ? tooLarge(`the chain has ${total} bytes; the limit is ${MAX_CHAIN_BYTES}`)
    : null;
}

/** The lengths are part of it: the same bytes cut elsewhere are another chain. */
function fingerprint(chain: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  let lengths = '';
  for (const der of chain) {
    hash.update(der);
    lengths += ` ${der.length}`;
  }
  return hash.digest('base64') + lengths;
}

/** Every certificate, strays too: a chain that cannot be read in whole is never judged in part. */
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
      // Whatever went wrong went wrong over these bytes: told as such, it is not a crash that a server can cause.
      const reason = error instanceof DecodeProblem ? error.message : 'unexpected structure';
      const place = `certificate ${opened.length + 1} of ${chain.length}`;
      return { code: 'certificate_undecodable', message: `${place} cannot be decoded: ${reason}` };
    }
  }
  return opened;
}

interface DatedPath {
  readonly path: ValidatedPath;
  readonly from: number;
  readonly until: number;
}

function readPath(
  presented: readonly OpenCertificate[],
  anchors: AnchorStore,
  describe: (open: OpenCertificate) => Certificate,
  now: number,
): DatedPath {
  let from = Number.NEGATIVE_INFINITY;
  let until = Number.POSITIVE_INFINITY;
  let checks = 0;
  const boundary = (at: number): void => {
    if (at <= now) from = Math.max(from, at);
    else until = Math.min(until, at);
  };
  const { steps, anchored } = buildPath(presented, {
    id: ({ sha256 }) => sha256,
    anchorsFor: (child) => anchors.issuersOf(child),
    issued: (child, issuer) => {
      if (child.issuerKey !== issuer.subjectKey || checks >= MAX_SIGNATURE_CHECKS) return false;
      checks += 1;
      return isSignedBy(child, issuer);
    },
    usable: (issuer) => {
      // notAfter is a second that is still valid.
      const end = issuer.notAfter + 1000;
      boundary(issuer.notBefore);
      boundary(end);
      return issuer.notBefore <= now && now < end && mayIssue(issuer);
    },
  });
  const certificates = steps.map(({ item, from: source }) => ({ certificate: describe(item), from: source }));
  const problem = anchored ? null : { code: 'no_anchor', message: 'the path leads to no known root' };
  return { path: { certificates, anchored, problem, others: [] }, from, until };
}

/** A CA by its basicConstraints and keyUsage; roots of X.509 version 1 have neither, and count (as in OpenSSL). */
function mayIssue(issuer: OpenCertificate): boolean {
  return issuer.x509().ca || (issuer.fields.version1 && isSelfIssued(issuer));
}
