/** Facts of handshakes as the prober would return them, for judging without sockets. */
import { createHash } from 'node:crypto';
import type { Certificate, PathCertificate, ValidatedPath } from '../../src/core/certificate.ts';
import type { Failed, Failure, FailureCode, KeyType, Negotiated, Seen } from '../../src/core/observation.ts';
import type { PathProblemCode } from '../../src/core/path-problem.ts';
import type { Pin } from '../../src/core/pin.ts';
import type { NotifySettings } from '../../src/core/settings.ts';

export const day = 86_400_000;
export const now = Date.parse('2026-11-22T04:10:54Z');

/** The defaults of the configuration. */
export const rules: NotifySettings = {
  groupWaitMs: 30_000,
  groupIntervalMs: 300_000,
  remindEveryMs: day,
  unreachableAfter: 3,
  expiringWithinMs: 14 * day,
  backupPinEveryMs: 7 * day,
  digestEveryMs: 7 * day,
};

export function pinOf(name: string): Pin {
  return `sha256/${createHash('sha256').update(name).digest('base64')}`;
}

/** A certificate whose key is named after its subject. */
export function certificate(
  subject: string,
  issuer: string,
  overrides: Partial<Certificate> = {},
): Certificate {
  return {
    pin: pinOf(subject),
    subject: `CN=${subject}`,
    issuer: `CN=${issuer}`,
    notBefore: now - 30 * day,
    notAfter: now + 60 * day,
    certificateSha256: createHash('sha256').update(`${subject} by ${issuer}`).digest('hex'),
    key: 'EC P-256',
    signature: 'ECDSA with SHA-256',
    extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'],
    selfIssued: subject === issuer,
    ...overrides,
  };
}

export const root = certificate('root', 'root', { notAfter: now + 5 * day });
export const intermediate = certificate('intermediate', 'root');
export const leaf = certificate('leaf', 'intermediate');
export const newLeaf = certificate('new leaf', 'intermediate');
export const stray = certificate('stray', 'elsewhere');

export interface SeenOptions {
  readonly address?: string;
  readonly keyType?: KeyType;
  readonly presented?: readonly Certificate[];
  /** Taken from the trust store, at the end of the path. Default: `root`; null: no anchor was reached. */
  readonly anchor?: Certificate | null;
  /** Presented certificates that are not on the path. */
  readonly outside?: readonly Certificate[];
  /** The trust error of the path; null: it is valid. Default: null, or the matching code if there is no anchor. */
  readonly problem?: PathProblemCode | null;
  readonly others?: ValidatedPath['others'];
  readonly broken?: Failure | null;
  readonly negotiated?: Partial<Negotiated>;
  readonly hostMatches?: boolean;
}

export function seen(options: SeenOptions = {}): Seen {
  const { presented = [leaf, intermediate], outside = [], anchor = root } = options;
  const { problem = anchor === null ? unanchored([...presented, ...outside]) : null } = options;
  const sent = presented.map((entry): PathCertificate => ({ certificate: entry, from: 'presented' }));
  const store: PathCertificate[] = anchor ? [{ certificate: anchor, from: 'trust-store' }] : [];
  return {
    address: options.address ?? '192.0.2.1',
    keyType: options.keyType ?? 'ecdsa',
    durationMs: 12,
    failure: null,
    protocol: 'TLSv1.3',
    presented: [...presented, ...outside],
    path: {
      certificates: [...sent, ...store],
      anchored: anchor !== null,
      problem: problem === null ? null : { code: problem, message: `made to fail: ${problem}` },
      others: options.others ?? [],
      alsoReached: [],
    },
    negotiated: {
      suite: 'TLS_AES_128_GCM_SHA256',
      group: 'X25519',
      sha1: false,
      ...options.negotiated,
    },
    broken: options.broken ?? null,
    hostMatches: options.hostMatches ?? true,
  };
}

function unanchored(sent: readonly Certificate[]): PathProblemCode {
  return sent.length === 1 ? 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' : 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY';
}

export function failed(
  code: FailureCode,
  address: string | null = '192.0.2.1',
  keyType: KeyType = 'ecdsa',
): Failed {
  return { address, keyType, durationMs: 3, failure: { code, message: `made to fail: ${code}` } };
}
