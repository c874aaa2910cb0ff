/**
 * The paths from a leaf to trust anchors, by name and signature only, in the order in which Android's Conscrypt and
 * OkHttp try them: at each step first anchors, then certificates in the order sent, with backtracking. Lazy, so that
 * the first path of an honest chain takes one signature check per certificate.
 *
 * The server chooses the chain, so the search is bounded: two CAs that certify each other, or ten certificates of one name and
 * key, lie on more paths than anyone could follow.
 */
import { createAllowance } from './allowance.ts';
import type { CertificateFacts } from './certificate-facts.ts';
import { signatureCost } from './signature-cost.ts';

/** What the search needs to know. Every answer must stay the same during one search. */
export interface Issuance {
  /** The trust anchors with the name of the certificate's issuer; for a root, that includes the root itself. */
  readonly anchorsFor: (child: CertificateFacts) => readonly CertificateFacts[];
  /** Whether the issuer's key made the child's signature. Called once for each pair, and only if the names fit. */
  readonly signed: (issuer: CertificateFacts, child: CertificateFacts) => boolean;
}

/** The leaf first; each of the others issued the one before it. */
export type Path = readonly CertificateFacts[];

/** Which issuers may be on a path. */
export interface Usable {
  readonly anchor: (anchor: CertificateFacts) => boolean;
  readonly intermediate: (issuer: CertificateFacts) => boolean;
}

export interface PathSearch {
  /** The leaf itself is a trust anchor. */
  readonly leafIsAnchor: boolean;
  anchoredPaths(usable: Usable): Generator<Path>;
  /** The leaf and everything sent that chains to it by signature, nearest first. */
  reached(): Path;
  /** Whether a limit was reached: there may be more paths than were returned. */
  gaveUp(): boolean;
}

/** An honest chain takes a step for each of its certificates, and a few more if some are cross-signed. */
const mostSteps = 1_000;

/**
 * In units of `signatureCost`: 32 checks with the usual keys, 8 with P-521. An honest chain needs a few more checks
 * than it has certificates. Twenty certificates of one name with the slowest keys would need 190, of up to 7 ms each,
 * and block the process meanwhile. A signature that is not checked counts as invalid.
 */
const mostSignatureChecks = 32;

/** `sent` is what came after the leaf, including duplicates and strays. */
export function searchPaths(
  leaf: CertificateFacts,
  sent: readonly CertificateFacts[],
  { anchorsFor, signed }: Issuance,
): PathSearch {
  const above = distinct(sent).filter((one) => !isSame(one, leaf));
  const signatureChecks = createAllowance(mostSignatureChecks);
  const steps = createAllowance(mostSteps);
  const known = new Map<string, boolean>();

  function issued(issuer: CertificateFacts, child: CertificateFacts): boolean {
    if (issuer.subjectKey !== child.issuerKey) return false;
    const pair = `${issuer.certificate.certificateSha256} ${child.certificate.certificateSha256}`;
    const answer =
      known.get(pair) ?? (signatureChecks.take(signatureCost(issuer.publicKey)) && signed(issuer, child));
    known.set(pair, answer);
    return answer;
  }

  function* pathsOver(below: Path, child: CertificateFacts, usable: Usable): Generator<Path> {
    const path = [...below, child];
    const anchors = anchorsFor(child);
    for (const anchor of anchors) {
      if (!usable.anchor(anchor) || !issued(anchor, child)) continue;
      if (!steps.take(1)) return;
      yield [...path, anchor];
    }
    for (const issuer of above) {
      // An anchor ends a path, even if it was sent.
      if (path.includes(issuer) || anchors.some((anchor) => isSame(anchor, issuer))) continue;
      if (issuer.subjectKey !== child.issuerKey || !usable.intermediate(issuer) || !issued(issuer, child))
        continue;
      if (!steps.take(1)) return;
      yield* pathsOver(path, issuer, usable);
    }
  }

  return {
    leafIsAnchor: anchorsFor(leaf).some((anchor) => isSame(anchor, leaf)),
    anchoredPaths: (usable) => pathsOver([], leaf, usable),
    reached() {
      const reached = [leaf];
      // Grows while it is walked: a queue.
      for (const child of reached) {
        reached.push(...above.filter((issuer) => !reached.includes(issuer) && issued(issuer, child)));
      }
      return reached;
    },
    gaveUp: () => steps.exhausted() || signatureChecks.exhausted(),
  };
}

function distinct(certificates: readonly CertificateFacts[]): readonly CertificateFacts[] {
  return [...new Map(certificates.map((one) => [one.certificate.certificateSha256, one])).values()];
}

function isSame(a: CertificateFacts, b: CertificateFacts): boolean {
  return a.certificate.certificateSha256 === b.certificate.certificateSha256;
}
