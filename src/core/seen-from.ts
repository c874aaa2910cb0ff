/**
 * From which regions something bad is seen. From one of several: interception there, or servers that are only reached
 * from there and were changed or forgotten. From all: the servers themselves were changed.
 */
import { type CheckedEndpoint, isJudged } from './check.ts';
import { listed } from './set-names.ts';

export interface SeenFrom {
  /** Sorted, as the others; never empty. */
  readonly bad: readonly string[];
  /** Where endpoints were judged, and none of them is bad. */
  readonly well: readonly string[];
  /** Where nothing could be judged: they may see it as well. */
  readonly unknown: readonly string[];
}

/** null if there is only one region, or none is bad. */
export function seenFrom(
  endpoints: readonly CheckedEndpoint[],
  isBad: (endpoint: CheckedEndpoint) => boolean,
): SeenFrom | null {
  const of = (some: readonly CheckedEndpoint[]) =>
    [...new Set(some.flatMap(({ region }) => region ?? []))].sort();
  const all = of(endpoints);
  const bad = of(endpoints.filter(isBad));
  if (bad.length === 0) return null;
  const judged = of(endpoints.filter(isJudged));
  const others = all.filter((region) => !bad.includes(region));
  return {
    bad,
    well: others.filter((region) => judged.includes(region)),
    unknown: others.filter((region) => !judged.includes(region)),
  };
}

/** `eu-west only (of eu-west and us-east)`, `every region (eu-west and us-east)`, `eu-west (us-east is blind)`. */
export function regionsText({ bad, well, unknown }: SeenFrom): string {
  const blind =
    unknown.length === 0 ? '' : `${listed(unknown, 'and')} ${unknown.length === 1 ? 'is' : 'are'} blind`;
  if (well.length > 0) {
    const of = `of ${listed([...bad, ...well].sort(), 'and')}${blind === '' ? '' : `; ${blind}`}`;
    return `${listed(bad, 'and')} only (${of})`;
  }
  if (blind !== '') return `${listed(bad, 'and')} (${blind})`;
  return bad.length === 1 ? `${bad[0]}, the only region that looks` : `every region (${listed(bad, 'and')})`;
}

/** A part of a finding's message; empty if there is only one region. */
export function seenFromText(from: SeenFrom | null): string {
  return from === null ? '' : `; seen from ${regionsText(from)}`;
}

/** The regions that see a mismatch, if others see none: null if there is one region, or all see it. */
export function onlySomeMismatch(endpoints: readonly CheckedEndpoint[]): SeenFrom | null {
  const from = seenFrom(endpoints, isMismatch);
  return from !== null && from.well.length > 0 ? from : null;
}

export function isMismatch({ verdict }: CheckedEndpoint): boolean {
  return verdict === 'mismatch';
}

export function isUntrusted({ presented, trusted }: CheckedEndpoint): boolean {
  return presented.length > 0 && !trusted;
}
