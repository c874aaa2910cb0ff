/**
 * May servers of a host present a certificate with this key? Answered from what apps hold (versions of the signed
 * configuration, by yesterday's counts) and from what app versions ship with.
 */
import { entryFor } from '../../verify/typescript/src/decision.ts';
import { type DayCounts, installsOf } from './adoption.ts';
import { deliveredPin, type Entries } from './draft.ts';
import { percent } from './percent.ts';
import type { Pin } from './pin.ts';
import { plural } from './plural.ts';
import type { LookedAtDomain } from './rotation-endpoints.ts';
import type { ShippedPins } from './rotation-facts.ts';
import type { Obstacle } from './rotation-obstacle.ts';
import { acceptsAuthority } from './shipped-pins.ts';

export interface AskedVersion {
  readonly version: number;
  readonly entries: Entries;
  /** RFC 3339, UTC. */
  readonly at: string;
}

export interface RotationQuestion {
  readonly host: string;
  readonly pin: Pin;
  /** Versions whose content is known, newest first; the first is the published one. Empty: nothing is published. */
  readonly versions: readonly AskedVersion[];
  /** The version that is served; above the published one if the store was restored from a backup. null: not known. */
  readonly served: number | null;
  /** Of the last whole day that was counted; null: none was. */
  readonly counts: DayCounts | null;
  /** UTC, `2026-11-26`. */
  readonly yesterday: string;
  /** What app versions ship with, if it concerns the host. */
  readonly shipped: readonly ShippedPins[];
  /** The registered domains of the host. */
  readonly domains: readonly (Pick<LookedAtDomain, 'check'> & { readonly host: string })[];
}

export type RotationAnswer = 'safe' | 'not_yet' | 'never';

export type RotationReason =
  /** What is published lacks the pin; null: nothing is published, and no app version is known to pin the host. */
  | { readonly code: 'not_published'; readonly version: number | null }
  /** Apps get this version, which the store has lost. */
  | { readonly code: 'not_stored'; readonly version: number }
  /** Installs hold a version without it. They recover at their first connection, if they reach the configuration. */
  | {
      readonly code: 'not_adopted';
      readonly lacking: number;
      readonly of: number;
      readonly newest: number;
      /** UTC: the day that was counted; null: yesterday. */
      readonly day: string | null;
    }
  /** Nothing was counted, so nobody knows what installs hold. `version`: since this one, which lacks the pin. */
  | { readonly code: 'not_counted'; readonly version?: number }
  /** An app version ships without it. */
  | { readonly code: 'ships_without'; readonly set: string; readonly app: string };

export interface AnsweredRotation {
  readonly answer: RotationAnswer;
  readonly reasons: readonly RotationReason[];
}

export function answerRotation(question: RotationQuestion): AnsweredRotation {
  const isUnknown = question.versions.length === 0 && question.shipped.length === 0;
  const nothing: RotationReason[] = isUnknown ? [{ code: 'not_published', version: null }] : [];
  const reasons = [...shippedReasons(question), ...deliveredReasons(question), ...nothing];
  const isNever = reasons.some(({ code }) => code === 'ships_without');
  return { answer: isNever ? 'never' : reasons.length > 0 ? 'not_yet' : 'safe', reasons };
}

function shippedReasons({ host, pin, shipped, domains }: RotationQuestion): RotationReason[] {
  return shipped
    .filter(({ pins }) => !pins.includes(pin) && !acceptsAuthority(pins, host, domains))
    .map(({ set, app }) => ({ code: 'ships_without', set, app }));
}

/** What the signed configuration alone says. */
export function deliveredReasons({
  host,
  pin,
  versions,
  served,
  counts,
  yesterday,
}: Omit<RotationQuestion, 'shipped' | 'domains'>): RotationReason[] {
  const [published] = versions;
  if (served !== null && served > (published?.version ?? 0)) return [{ code: 'not_stored', version: served }];
  if (published === undefined) return [];
  if (!accepts(published.entries, host, pin)) return [{ code: 'not_published', version: published.version }];
  const takers = new Set(
    versions.filter(({ entries }) => accepts(entries, host, pin)).map(({ version }) => version),
  );
  if (counts === null)
    return takers.size === versions.length && versions.length > 1 ? [] : [{ code: 'not_counted' }];
  // A version above the published one is another server's news, and has the pin as well as can be known.
  const lacking = counts.versions.filter(
    ({ version }) => version <= published.version && !takers.has(version),
  );
  const [newest] = lacking;
  if (newest === undefined) return unseenReasons(versions, takers, counts);
  const held = installsOf({ versions: lacking });
  const day = counts.day === yesterday ? null : counts.day;
  return [{ code: 'not_adopted', lacking: held, of: installsOf(counts), newest: newest.version, day }];
}

/** An app that fetched a version without the pin on the counted day, or later, was counted with what it held before. */
function unseenReasons(
  versions: readonly AskedVersion[],
  takers: ReadonlySet<number>,
  { day }: DayCounts,
): RotationReason[] {
  const unseen = versions.find(({ version, at }) => !takers.has(version) && at.slice(0, day.length) >= day);
  return unseen === undefined ? [] : [{ code: 'not_counted', version: unseen.version }];
}

/** Whether an app that holds these entries connects to the host if it presents this key. */
function accepts(entries: Entries, host: string, pin: Pin): boolean {
  const [, entry] = entryFor({ domains: entries }, host);
  return entry === null || entry.mode !== 'pins' || entry.pins.includes(deliveredPin(pin));
}

/**
 * In the terms of a rotation in progress, which knows by itself what is published. null: nothing was counted, which does
 * not stop one: such installs recover by themselves, and an override that is always needed is no longer read.
 */
export function laggingObstacles(reasons: readonly RotationReason[]): Obstacle[] | null {
  if (reasons.some(({ code }) => code === 'not_counted')) return null;
  return reasons.flatMap((reason): Obstacle[] => {
    const told = { message: reasonText(reason), override: 'force' } as const;
    if (reason.code === 'not_adopted') return [{ code: 'not_adopted', ...told }];
    return reason.code === 'not_stored' ? [{ code: 'not_spread', ...told }] : [];
  });
}

/** A sentence for people. */
export function reasonText(reason: RotationReason): string {
  switch (reason.code) {
    case 'not_published':
      return reason.version === null
        ? 'nothing is published, and no imported app version pins this host, so nobody knows what apps accept'
        : `version ${reason.version}, which is published, lacks this pin: publish it first`;
    case 'not_stored':
      return `apps get version ${reason.version}, which the store does not have, as after restoring a backup: publish again`;
    case 'not_adopted': {
      const { lacking, of, newest, day } = reason;
      const whose = day === null ? "yesterday's active installs" : `the installs that were active on ${day}`;
      return `${percent(lacking, of)} of ${whose} (${lacking} of ${plural(of, 'install')}) hold ${newest} or older; they recover at their first connection`;
    }
    case 'not_counted':
      return reason.version === undefined
        ? 'no install has told yet which version it holds; counts come a day after apps first fetch'
        : `version ${reason.version} lacks this pin, and no whole day was counted since it was published, so some installs may hold it`;
    case 'ships_without':
      return `${reason.app} ships without this pin${reason.app === reason.set ? '' : ` (${reason.set})`}`;
  }
}
