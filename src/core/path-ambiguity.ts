import type { PathCertificate } from './certificate.ts';
import { isJudged } from './check.ts';
import { extent, whole } from './extent.ts';
import type { Finding } from './finding.ts';
import type { LookedAt } from './looked-at.ts';
import type { Seen } from './observation.ts';
import { subjectText } from './path-problem.ts';
import type { Pin } from './pin.ts';

type Path = readonly PathCertificate[];

/**
 * Endpoints with another valid path that would give another verdict. The first path counts, because Android and OkHttp
 * take it; Apple's platforms, browsers and Java have their own rules for choosing one.
 */
export function ambiguousPaths(looked: readonly LookedAt[], pins: readonly Pin[]): Finding[] {
  if (pins.length === 0) return [];
  const found = looked.flatMap(({ shown, connections }) => {
    const seen = connections.flatMap(({ observation }) =>
      observation.failure === null ? [observation] : [],
    );
    const [first] = seen.flatMap((one) => difference(one, pins) ?? []);
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
  return [{ code: 'path_ambiguous', severity: 'warning', message: `${messageOf(first.difference)}${where}` }];
}

interface Difference {
  readonly path: Path;
  readonly other: Path;
  /** The first path, which counts, has a pinned key; the other one has none. Or vice versa. */
  readonly matches: boolean;
}

function difference({ path: { certificates, others } }: Seen, pins: readonly Pin[]): Difference | null {
  const isPinned = (path: Path) => path.some(({ certificate }) => pins.includes(certificate.pin));
  const matches = isPinned(certificates);
  const other = others.find((one) => isPinned(one) !== matches);
  return other === undefined ? null : { path: certificates, other, matches };
}

function messageOf({ path, other, matches }: Difference): string {
  const [here, there] = matches ? ['has a pinned key', 'has none'] : ['has no pinned key', 'has one'];
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
