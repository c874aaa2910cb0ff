/**
 * Managed roots: an explicit list of trust roots that hosts of the mode `roots` are checked against. In memory such an entry
 * carries the list as its pins, so that whatever judges, compares or checks entries needs to know nothing of it. The payload
 * has the list once.
 */
import { limits } from '../../verify/typescript/src/configuration.ts';
import type { Entries } from './draft.ts';

export const mostRoots = limits.roots;

/** The entries of a payload with its list of roots. */
export function withRoots(entries: Entries, roots: readonly string[]): Entries {
  return new Map(
    [...entries].map(([host, entry]) => [host, entry.mode === 'roots' ? { ...entry, pins: roots } : entry]),
  );
}

/** The list for the payload; empty if no entry needs it. */
export function rootsOf(entries: Entries): readonly string[] {
  return [...entries.values()].find(({ mode }) => mode === 'roots')?.pins ?? [];
}
