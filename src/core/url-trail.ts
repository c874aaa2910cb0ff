/** What the looks at one URL have found in a row. */
import type { UrlTrail, UrlTrails } from './config-incident.ts';
import { type UrlProblem, urlProblems } from './url-problem.ts';

/** Looks in a row. */
const looksToOpen: { readonly [problem in UrlProblem]: number } = { unreachable: 3, invalid: 3, outdated: 2 };
const looksToClose = 2;

/** The trails after a look. A problem says nothing about those that come after it. */
export function followUrl(before: UrlTrails, found: UrlProblem | null, at: number): UrlTrails {
  const rank = found === null ? urlProblems.length : urlProblems.indexOf(found);
  const trails: { [problem in UrlProblem]?: UrlTrail } = {};
  for (const [index, problem] of urlProblems.entries()) {
    const trail = before[problem];
    if (index === rank) {
      const { since = at, bad = 0 } = trail ?? {};
      trails[problem] = { since, bad: bad + 1, clean: 0 };
    } else if (trail !== undefined && index > rank) {
      trails[problem] = trail;
    } else if (trail !== undefined && isConfirmed(problem, trail) && trail.clean + 1 < looksToClose) {
      trails[problem] = { ...trail, clean: trail.clean + 1 };
    }
  }
  return trails;
}

/** Seen often enough to be told. */
export function isConfirmed(problem: UrlProblem, { bad }: UrlTrail): boolean {
  return bad >= looksToOpen[problem];
}
