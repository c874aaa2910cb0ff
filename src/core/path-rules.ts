/** The rules for a path as a whole (RFC 5280, section 6.1): its length, its names and its policies. */
import type { Allowance } from './allowance.ts';
import type { CertificateFacts } from './certificate-facts.ts';
import { generalNameText } from './general-name.ts';
import { type ForbiddenName, forbiddenName, type NameConstraints } from './name-constraints.ts';
import { type PathProblem, problem, subjectText, tooComplex } from './path-problem.ts';
import { plural } from './plural.ts';
import { policyBreach } from './policies.ts';

/**
 * The first rule that a path from a leaf to its anchor breaks; null if it breaks none. The anchor is only a name and a
 * key: its own constraints do not count. `comparisons` bounds the work, for all paths of a chain together.
 */
export function pathRuleProblem(
  path: readonly CertificateFacts[],
  comparisons: Allowance,
): PathProblem | null {
  const fromTheTop = path.slice(0, -1).reverse();
  if (!comparisons.take(comparisonsOf(fromTheTop))) return tooComplex;
  return lengthProblem(fromTheTop) ?? nameProblem(fromTheTop) ?? policyProblem(fromTheTop);
}

/** Section 6.1.4, (l) and (m): self-issued certificates are not counted. */
function lengthProblem(fromTheTop: readonly CertificateFacts[]): PathProblem | null {
  const intermediates = fromTheTop.slice(0, -1);
  for (const [index, { certificate, extensions }] of intermediates.entries()) {
    const allowed = extensions.basicConstraints?.pathLength ?? null;
    const below = intermediates.slice(index + 1).filter((one) => !one.certificate.selfIssued).length;
    if (allowed === null || below <= allowed) continue;
    const what = `allows at most ${plural(allowed, 'intermediate')} below it, but the path has ${below}`;
    return problem('PATH_LENGTH_EXCEEDED', certificate, what);
  }
  return null;
}

/** Section 6.1.3, (b) and (c). */
function nameProblem(fromTheTop: readonly CertificateFacts[]): PathProblem | null {
  for (const { ca, constraints, below } of constrained(fromTheTop)) {
    const forbidden = forbiddenName(below.extensions.constrainedNames, constraints);
    if (forbidden !== null) return forbiddenProblem(forbidden, ca, below);
  }
  return null;
}

interface Constrained {
  readonly ca: CertificateFacts;
  readonly constraints: NameConstraints;
  readonly below: CertificateFacts;
}

/** Each certificate below each CA with name constraints, except self-issued intermediates. */
function constrained(fromTheTop: readonly CertificateFacts[]): Constrained[] {
  return fromTheTop.slice(0, -1).flatMap((ca, index) => {
    const constraints = ca.extensions.nameConstraints;
    if (constraints === null) return [];
    return fromTheTop
      .slice(index + 1)
      .filter((below) => below === fromTheTop.at(-1) || !below.certificate.selfIssued)
      .map((below) => ({ ca, constraints, below }));
  });
}

function forbiddenProblem(
  { code, name }: ForbiddenName,
  { certificate: ca }: CertificateFacts,
  { certificate: below }: CertificateFacts,
): PathProblem {
  const constraints = `the name constraints of ${subjectText(ca.subject)}`;
  const named = `${generalNameText(name)} of ${subjectText(below.subject)}`;
  switch (code) {
    case 'PERMITTED_VIOLATION':
      return { code, message: `${constraints} do not permit ${named}` };
    case 'EXCLUDED_VIOLATION':
      return { code, message: `${constraints} exclude ${named}` };
    case 'UNSUPPORTED_CONSTRAINT_TYPE':
      return { code, message: `${constraints} cannot be compared with ${named}, so platforms refuse it` };
    default:
      return code satisfies never;
  }
}

function policyProblem(fromTheTop: readonly CertificateFacts[]): PathProblem | null {
  const breach = policyBreach(
    fromTheTop.map(({ certificate, extensions }) => ({ ...extensions, selfIssued: certificate.selfIssued })),
  );
  const at = breach === null ? undefined : fromTheTop[breach.index];
  if (breach === null || at === undefined) return null;
  const what =
    breach.code === 'NO_EXPLICIT_POLICY'
      ? 'has no certificate policy that is valid along the path, and a CA above it requires one'
      : 'maps certificate policies to or from anyPolicy';
  return problem(breach.code, at.certificate, what);
}

/**
 * The most comparisons that the checks can take: each name with each constraint above it, each policy once per level.
 */
function comparisonsOf(fromTheTop: readonly CertificateFacts[]): number {
  const names = constrained(fromTheTop).map(
    ({ constraints: { permitted, excluded }, below }) =>
      (permitted.length + excluded.length) * below.extensions.constrainedNames.length,
  );
  const policies = fromTheTop.map(
    ({ extensions }) =>
      ((extensions.policies?.length ?? 0) + extensions.policyMappings.length) * fromTheTop.length,
  );
  return [...names, ...policies].reduce((sum, count) => sum + count, 0);
}
