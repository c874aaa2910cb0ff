import type { PathCertificate } from './certificate.ts';
import { isJudged } from './check.ts';
import { extent, whole } from './extent.ts';
import type { Finding } from './finding.ts';
import { isMet, type JudgedSet } from './judged-set.ts';
import type { LookedAt } from './looked-at.ts';
import type { Seen } from './observation.ts';
import { subjectText } from './path-problem.ts';
import { areNamed, concerned, listed } from './set-names.ts';

type Path = readonly PathCertificate[];

/**
 * Endpoints with another valid path that would give another verdict. The first path counts, because Android and OkHttp
 * take it; Apple's platforms, browsers and Java have their own rules for choosing one.
 */
export function ambiguousPaths(looked: readonly LookedAt[], sets: readonly JudgedSet[]): Finding[] {
  const found = looked.flatMap(({ shown, connections }) => {
    const seen = connections.flatMap(({ observation }) =>
      observation.failure === null ? [observation] : [],
    );
    const [first] = seen.flatMap((one) => difference(one, sets) ?? []);
    return first === undefined ? [] : [{ shown, difference: first }];
  });
  const [first] = found;
  if (first === undefined) return [];
  const judged = looked.filter(({ shown }) => isJudged(shown)).length;
  const where =
    found.length === judged
      ? ''
      : `, on ${extent(
          found.map(({ shown }) => whole(shown)),
          judged,
        )}`;
  const message = `${messageOf(first.difference, sets)}${where}`;
  const names = [...new Set(found.flatMap(({ difference: { names } }) => names))];
  return [{ code: 'path_ambiguous', severity: 'warning', message, ...concerned(sets, names) }];
}

interface Difference {
  readonly path: Path;
  readonly other: Path;
  /** The first path, which counts, is what these sets demand, and the other one is not. Or vice versa. */
  readonly matches: boolean;
  readonly names: readonly string[];
}

function difference({ path: { certificates, others } }: Seen, sets: readonly JudgedSet[]): Difference | null {
  if (others.length === 0) return null;
  const leafName = certificates[0]?.certificate.commonName ?? null;
  const wordOf = ({ demand }: JudgedSet, path: Path) =>
    isMet(demand(leafName), { certificates: path, alsoReached: [] });
  const words = sets.map((set) => ({ set, matches: wordOf(set, certificates) }));
  for (const { set, matches } of words) {
    const other = matches === null ? undefined : others.find((one) => wordOf(set, one) !== matches);
    if (matches === null || other === undefined) continue;
    const alike = words.filter((one) => one.matches === matches && wordOf(one.set, other) !== matches);
    return { path: certificates, other, matches, names: alike.map((one) => one.set.name) };
  }
  return null;
}

function messageOf({ path, other, matches, names }: Difference, sets: readonly JudgedSet[]): string {
  const [here, there] = !areNamed(sets)
    ? matches
      ? ['has a pinned key', 'has none']
      : ['has no pinned key', 'has one']
    : matches
      ? [`suits ${listed(names, 'and')}`, 'does not']
      : [`does not suit ${listed(names, 'and')}`, 'does'];
  return `two paths are valid: the one ${route(path)}, which Android and OkHttp take, ${here}; the one ${route(other)}, which Apple's platforms, browsers and Java may take, ${there}`;
}

const mostNamed = 3;

/** The route from the leaf: `via "CN=R3" to "CN=ISRG Root X1"`. */
function route(path: Path): string {
  const [end, ...between] = path
    .slice(1)
    .map(({ certificate }) => subjectText(certificate.subject))
    .reverse();
  const over = between.reverse();
  const hidden = over.length - mostNamed;
  const named = [...over.slice(0, mostNamed), ...(hidden > 0 ? [`${hidden} more`] : [])].join(', ');
  return over.length === 0 ? `to ${end}` : `via ${named} to ${end}`;
}
