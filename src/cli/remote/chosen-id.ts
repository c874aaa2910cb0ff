/**
 * The id that a person has shortened. Only the command line takes a prefix: the API needs the whole id, because a prefix
 * that is unique today may mean something else tomorrow.
 */
import { Failure } from './failure.ts';
import { printable } from './printable.ts';

export interface Candidate {
  readonly id: string;
  /** What a person knows it by, to choose among several. */
  readonly about: string;
}

const mostShown = 10;

/** The candidate whose id is `text`, or the only one whose id begins with it. `noun`: `open incident`. */
export function chosenId<T extends Candidate>(noun: string, candidates: readonly T[], text: string): T {
  const fitting = text === '' ? [] : candidates.filter(({ id }) => id.startsWith(text));
  const found = candidates.find(({ id }) => id === text) ?? (fitting.length === 1 ? fitting[0] : undefined);
  if (found !== undefined) return found;
  const shown = printable(text);
  if (fitting.length === 0) throw new Failure(`Not found: no ${noun} "${shown}"`, undefined, 'not_found');
  const lines = fitting.slice(0, mostShown).map(({ id, about }) => `  ${printable(id)}  ${printable(about)}`);
  const more = fitting.length > mostShown ? [`  and ${fitting.length - mostShown} more`] : [];
  throw new Failure(
    [`Ambiguous: ${fitting.length} ${noun}s begin with "${shown}"`, ...lines, ...more].join('\n'),
  );
}
