/** Certificates as facts, without bytes: a key is just a name, and a signature the name of the key that made it. */
import type { CertificateFacts, ExtensionFacts } from '../../src/core/certificate-facts.ts';
import type { GeneralName } from '../../src/core/general-name.ts';
import { findPath } from '../../src/core/path.ts';
import type { PathProblem } from '../../src/core/path-problem.ts';
import type { Issuance } from '../../src/core/path-search.ts';
import { certificate, day, now, pinOf } from '../support/observations.ts';

export interface FactsOptions {
  /** Default: the name of the certificate in the test. */
  readonly subject?: string;
  /** The name of its key. Default: the subject. */
  readonly key?: string;
  /** Not made by any key. */
  readonly forged?: boolean;
  /** Days from now: from and until. Default: 30 ago and 60 ahead. */
  readonly days?: readonly [number, number];
  readonly version?: number;
  readonly signatureAlgorithm?: string;
  readonly publicKey?: CertificateFacts['publicKey'];
  readonly extensions?: Partial<ExtensionFacts>;
}

export interface Made {
  /** Its name in the test. */
  readonly name: string;
  readonly facts: CertificateFacts;
  readonly key: string;
  readonly signer: string | null;
}

/** A CA certificate; without an issuer, a root. */
export function ca(name: string, issuer: Made | null = null, options: FactsOptions = {}): Made {
  return certify(name, issuer, options, {
    basicConstraints: { ca: true, pathLength: null },
    keyUsage: { digitalSignature: false, keyCertSign: true },
  });
}

export function leafOf(issuer: Made | null, options: FactsOptions = {}): Made {
  return certify('leaf', issuer, options, {
    basicConstraints: { ca: false, pathLength: null },
    keyUsage: { digitalSignature: true, keyCertSign: false },
    extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'],
  });
}

let made = 0;

function certify(
  name: string,
  issuer: Made | null,
  options: FactsOptions,
  usual: Partial<ExtensionFacts>,
): Made {
  const { subject = name, key = subject, days = [-30, 60], forged = false } = options;
  const issuerName = issuer?.facts.subjectKey ?? subject;
  made += 1;
  return {
    name,
    key,
    signer: forged ? null : (issuer?.key ?? key),
    facts: {
      certificate: certificate(subject, issuerName, {
        pin: pinOf(key),
        notBefore: now + days[0] * day,
        notAfter: now + days[1] * day,
        certificateSha256: made.toString(16).padStart(64, '0'),
      }),
      subjectKey: subject,
      issuerKey: issuerName,
      version: options.version ?? 3,
      signatureAlgorithm: options.signatureAlgorithm ?? '1.2.840.10045.4.3.2',
      publicKey: options.publicKey ?? {
        algorithm: '1.2.840.10045.2.1',
        curve: '1.2.840.10045.3.1.7',
        rsaBits: null,
      },
      extensions: { ...noExtensions, ...usual, ...options.extensions },
    },
  };
}

const noExtensions: ExtensionFacts = {
  flaw: null,
  unknownCritical: [],
  basicConstraints: null,
  keyUsage: null,
  extendedKeyUsage: null,
  subjectAltNames: [],
  constrainedNames: [],
  nameConstraints: null,
  policies: null,
  policyMappings: [],
  requireExplicitPolicy: null,
  inhibitPolicyMapping: null,
  inhibitAnyPolicy: null,
};

export const dns = (value: string): GeneralName => ({ kind: 'dns', value });

export interface Searched {
  /** `leaf intermediate root@store`, and `…` at the end if no anchor was reached. */
  readonly path: string;
  readonly others: readonly string[];
  readonly problem: PathProblem | null;
  /** How often a signature was checked. */
  readonly signatureChecks: number;
  readonly alsoReached: readonly string[];
}

/** The path of a chain, leaf first, to one of the anchors. */
export function search(chain: readonly Made[], anchors: readonly Made[]): Searched {
  const [leaf, ...sent] = chain;
  if (leaf === undefined) throw new TypeError('expected a leaf');
  const known = new Map(
    [...chain, ...anchors].map((one) => [one.facts.certificate.certificateSha256, one] as const),
  );
  const madeOf = ({ certificateSha256 }: { certificateSha256: string }) => known.get(certificateSha256);
  let signatureChecks = 0;
  const issuance: Issuance = {
    anchorsFor: ({ issuerKey }) =>
      anchors.map(({ facts }) => facts).filter(({ subjectKey }) => subjectKey === issuerKey),
    signed: (issuer, child) => {
      signatureChecks += 1;
      return madeOf(child.certificate)?.signer === madeOf(issuer.certificate)?.key;
    },
  };
  const facts = sent.map((one) => one.facts);
  const { certificates, anchored, problem, others, alsoReached } = findPath(leaf.facts, facts, issuance, now);
  const shown = (path: typeof certificates) =>
    path
      .map(({ certificate: one, from }) => `${madeOf(one)?.name}${from === 'presented' ? '' : '@store'}`)
      .join(' ');
  return {
    path: `${shown(certificates)}${anchored ? '' : ' …'}`,
    others: others.map(shown),
    alsoReached: alsoReached.map((one) => madeOf(one)?.name ?? ''),
    problem,
    signatureChecks,
  };
}
