/**
 * The paths from a leaf to trust anchors, by name and signature alone, in the order in which Android's Conscrypt and OkHttp try
 * them: at each step anchors before what was sent, then what was sent in its order, going back where a way fails. Lazy, so that
 * the first path of an honest chain costs a signature check for each of its certificates.
 *
 * The server chooses the chain, so the search is bounded: two CAs that certify each other, or ten certificates of one name and
 * key, lie on more paths than anyone could follow.
 */
import { createAllowance } from './allowance.ts';
import type { CertificateFacts } from './certificate-facts.ts';
import { signatureCost } from './signature-cost.ts';

/** What the search asks of the world. Every answer must stay the same during one search. */
export interface Issuance {
  /** The trust anchors that bear the name of the certificate's issuer; for a root itself that includes the root. */
  readonly anchorsFor: (child: CertificateFacts) => readonly CertificateFacts[];
  /** The issuer's key made the child's signature. Asked once for each pair, and only if the names fit. */
  readonly signed: (issuer: CertificateFacts, child: CertificateFacts) => boolean;
}

/** The leaf first, each of the others the issuer of the one before it. */
export type Path = readonly CertificateFacts[];

/** Which issuers a path may go over. */
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
  /** Something was left out because a bound was reached: there may be more paths than were given. */
  gaveUp(): boolean;
}

/** An honest chain takes a step for each of its certificates, and a few more if some are cross-signed. */
const mostSteps = 1_000;

/**
 * In units of `signatureCost`. An honest chain needs as many checks as it has certificates, and a few more: 32 of the usual keys, 8
 * of P-521. Twenty certificates of one name with the slowest keys would need 190, of up to 7 ms each, while nothing else runs. A
 * signature that is not checked counts as a false one.
 */
const mostSignatureChecks = 32;

/** `sent` is what came after the leaf, duplicates and strays included. */
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
      // An anchor ends a path, also if it was sent.
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
