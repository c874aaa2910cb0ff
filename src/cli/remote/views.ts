/** What two places see of one domain, compared: the server that will watch it, and the machine of whoever registers it. */
import type { Check } from '../../core/check.ts';
import type { Pin } from '../../core/pin.ts';

export interface View {
  readonly leaves: readonly Pin[];
  /** Pins of each distinct path, leaf first, as one text. */
  readonly paths: readonly string[];
}

export function viewOf({ endpoints }: Check): View {
  const judged = endpoints.filter(({ path }) => path.length > 0);
  const leaves = judged.flatMap(({ path, presented }) => path[0]?.pin ?? presented[0]?.pin ?? []);
  const paths = judged.map(({ path }) => path.map(({ pin }) => pin).join(' '));
  return { leaves: [...new Set(leaves)].sort(), paths: [...new Set(paths)].sort() };
}

/** Why they are not the same; null where they are. Neither is empty. */
export function difference(here: View, there: View): string | null {
  if (!isEqual(here.leaves, there.leaves)) return 'other leaf keys are presented here than to the server';
  if (!isEqual(here.paths, there.paths)) {
    return 'the leaf keys are the same, but their paths are others here than on the server';
  }
  return null;
}

function isEqual(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
