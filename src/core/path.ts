/** The validated path of a presented chain (RFC 5280, section 6.1, as the platforms apply it), or why there is none. */
import { type Allowance, createAllowance } from './allowance.ts';
import type { Certificate, PathCertificate, ValidatedPath } from './certificate.ts';
import type { CertificateFacts } from './certificate-facts.ts';
import { dateProblem, issuerProblem, keyProblem, leafProblem } from './certificate-rules.ts';
import { endProblem } from './path-end.ts';
import { type PathProblem, tooComplex } from './path-problem.ts';
import { pathRuleProblem } from './path-rules.ts';
import { type Issuance, type Path, type PathSearch, searchPaths, type Usable } from './path-search.ts';

/** For all paths of a chain together; OpenSSL and BoringSSL allow as many for one (NAME_CHECK_MAX). About 40 ms. */
const mostComparisons = 2 ** 20;

/** Further valid paths that are returned, each with other keys. */
const mostOthers = 8;

/**
 * The first valid path to an anchor, in the order in which clients try them. If only the leaf is at fault, the path
 * that would otherwise be valid. If there is none either, the first path to an anchor, whichever rule it breaks, or
 * else as far as signatures reach. `sent` is what came after the leaf, including duplicates and strays.
 */
export function findPath(
  leaf: CertificateFacts,
  sent: readonly CertificateFacts[],
  issuance: Issuance,
  now: number,
): ValidatedPath {
  const search = searchPaths(leaf, sent, issuance);
  const comparisons = createAllowance(mostComparisons);
  const presented = new Set([leaf, ...sent].map(({ certificate }) => certificate.certificateSha256));
  const shown = (path: Path): PathCertificate[] =>
    path.map(({ certificate }) => {
      const from = presented.has(certificate.certificateSha256) ? 'presented' : 'trust-store';
      return { certificate, from };
    });

  const [first, ...others] = search.leafIsAnchor ? [[leaf]] : validPaths(search, comparisons, now);
  if (first !== undefined) {
    const problem = dateProblem(leaf, now) ?? leafProblem(leaf);
    const certificates = shown(first);
    if (problem === null)
      return { certificates, anchored: true, problem, others: others.map(shown), alsoReached: [] };
    return {
      certificates,
      anchored: true,
      problem,
      others: [],
      alsoReached: besides(first, search.reached()),
    };
  }
  const [broken] = search.anchoredPaths(whatever);
  const path = broken ?? search.reached();
  const why = broken ? brokenRule(path, now) : brokenEnd(path, sent, issuance, now);
  const gaveUp = search.gaveUp() || comparisons.exhausted();
  return {
    certificates: shown(path),
    anchored: broken !== undefined,
    problem: gaveUp ? tooComplex : why,
    others: [],
    alsoReached: besides(path, search.reached()),
  };
}

function besides(path: Path, reached: Path): Certificate[] {
  return reached.filter((one) => !path.includes(one)).map(({ certificate }) => certificate);
}

const whatever: Usable = { anchor: () => true, intermediate: () => true };

/** Paths that are valid except perhaps for the leaf, each with different keys. */
function validPaths(search: PathSearch, comparisons: Allowance, now: number): Path[] {
  const usable: Usable = {
    anchor: (anchor) => keyProblem(anchor) === null,
    intermediate: (issuer) => (dateProblem(issuer, now) ?? issuerProblem(issuer)) === null,
  };
  const found = new Map<string, Path>();
  for (const path of search.anchoredPaths(usable)) {
    const keys = [...new Set(path.map(({ certificate }) => certificate.pin))].sort().join();
    if (found.has(keys) || pathRuleProblem(path, comparisons) !== null) continue;
    found.set(keys, path);
    if (found.size > mostOthers) break;
  }
  return [...found.values()];
}

/** The most informative rule that a path to an anchor breaks: first dates, then from the leaf upwards. */
function brokenRule(path: Path, now: number): PathProblem {
  const below = path.slice(0, -1);
  const [leaf, ...issuers] = below;
  const anchor = path.at(-1);
  return (
    firstProblem(below, (one) => dateProblem(one, now)) ??
    (leaf ? leafProblem(leaf) : null) ??
    firstProblem(issuers, issuerProblem) ??
    (anchor ? keyProblem(anchor) : null) ??
    pathRuleProblem(path, createAllowance(mostComparisons)) ??
    // No rule is broken, so the search must have given up earlier.
    tooComplex
  );
}

/** Why a path that reaches no anchor ends where it does. The dates of a root, known or not, are not checked. */
function brokenEnd(
  path: Path,
  sent: readonly CertificateFacts[],
  issuance: Issuance,
  now: number,
): PathProblem {
  const dated = path.filter((one, index) => index === 0 || !one.certificate.selfIssued);
  return firstProblem(dated, (one) => dateProblem(one, now)) ?? endProblem(path, sent, issuance);
}

function firstProblem(
  path: Path,
  problemOf: (one: CertificateFacts) => PathProblem | null,
): PathProblem | null {
  for (const one of path) {
    const found = problemOf(one);
    if (found !== null) return found;
  }
  return null;
}
