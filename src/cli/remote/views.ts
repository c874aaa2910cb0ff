/** Compares what two places see of one domain: the server that will watch it, and the machine that registers it. */
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

/** How the two views differ; null if they are the same. Neither is empty. */
export function difference(here: View, there: View): string | null {
  if (!isEqual(here.leaves, there.leaves)) return 'this machine sees other leaf keys than the server';
  if (!isEqual(here.paths, there.paths)) {
    return 'the leaf keys are the same, but this machine sees other paths than the server';
  }
  return null;
}

function isEqual(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
