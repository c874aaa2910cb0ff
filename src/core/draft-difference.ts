/** How two configurations differ, host by host. */
import type { Entry } from '../../verify/typescript/src/configuration.ts';
import { entryFor } from '../../verify/typescript/src/decision.ts';
import { isWeaker } from './delivery.ts';
import { type Entries, shownPin } from './draft.ts';
import type { Pin } from './pin.ts';

export interface HostChange {
  readonly host: string;
  /** null: it had no entry. */
  readonly before: Entry | null;
  /** null: it has none any more. */
  readonly after: Entry | null;
  readonly added: readonly Pin[];
  readonly removed: readonly Pin[];
}

/** Sorted by host. */
export function differenceOf(before: Entries, after: Entries): HostChange[] {
  const hosts = [...new Set([...before.keys(), ...after.keys()])].sort();
  return hosts.flatMap((host) => {
    const [old, next] = [before.get(host) ?? null, after.get(host) ?? null];
    const added = (next?.pins ?? []).filter((pin) => !old?.pins.includes(pin)).map(shownPin);
    const removed = (old?.pins ?? []).filter((pin) => !next?.pins.includes(pin)).map(shownPin);
    const isSame = added.length + removed.length === 0 && old?.mode === next?.mode && old?.sub === next?.sub;
    return isSame ? [] : [{ host, before: old, after: next, added, removed }];
  });
}

/**
 * What apps would check less of after the change, in words; null if nothing. A pin that is taken away while others stay
 * makes apps check more.
 */
export function unpinning({ host, before }: HostChange, after: Entries): string | null {
  if (before === null || before.mode === 'off') return null;
  const governing = (name: string) => entryFor({ domains: after }, name)[1]?.mode ?? 'off';
  const now = governing(host);
  if (isWeaker(now, before.mode)) {
    return now === 'off'
      ? 'apps would no longer check its keys'
      : `apps would check it as ${now} instead of ${before.mode}`;
  }
  // A name below the host that has no entry of its own.
  const below = governing(`pinwatch-any-name.${host}`);
  return before.sub && isWeaker(below, before.mode)
    ? 'apps would no longer check the keys of names below it'
    : null;
}
