/** The versions of a signed configuration as pin sets: what apps demand that hold them. */
import type { Entry } from '../../verify/typescript/src/configuration.ts';
import type { AppliedSet } from './applied-set.ts';
import type { ConfigVersion } from './config-state.ts';
import { isEnforcing } from './delivery.ts';
import { shownPin } from './draft.ts';
import { type PinRule, type PinSet, publishedSetName } from './pin-set.ts';
import { createSetIndex } from './set-index.ts';
import { entriesOf } from './version-payload.ts';

/** `published`: the version that apps should have; the others are held by apps that have not fetched yet. */
export function publishedSet(version: ConfigVersion, published: number): PinSet {
  const { note, by, at } = version;
  return {
    name: publishedSetName(version.version),
    source: 'published',
    ...(version.version === published ? {} : { held: true }),
    ...{ format: null, note, by, at, resolution: 'most-specific', trust: 'platform' },
    rules: [...entriesOf(version.payload)].map(([host, entry]) => ruleOf(host, entry)),
  };
}

/** A host that is not checked has a rule without lists: it takes the place of a wider entry. */
function ruleOf(name: string, { mode, sub, pins }: Entry): PinRule {
  const isPinned = mode !== 'off' && pins.length > 0;
  return {
    pattern: { kind: sub ? 'any-depth' : 'exact', name },
    allOf: isPinned ? [{ at: 'path', anyOf: pins.map(shownPin) }] : [],
    enforce: isEnforcing(mode),
  };
}

/**
 * What applies to a host, by version from the newest. If versions agree on a host, only the newest of them is
 * judged. Those that only observe refuse no connection, and are left out.
 */
export function createPublishedResolver(sets: readonly PinSet[]): (host: string) => readonly AppliedSet[] {
  const indexes = sets.map(createSetIndex);
  return (host) => {
    const said = new Set<string>();
    return indexes.flatMap((index): AppliedSet[] => {
      const applied = index(host);
      if (applied === null || !applied.rules.some(({ enforce }) => enforce)) return [];
      const content = JSON.stringify(applied.rules);
      if (said.has(content)) return [];
      said.add(content);
      return [applied];
    });
  };
}
