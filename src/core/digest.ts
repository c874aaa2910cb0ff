/** What an account is told of regularly, because none of it is urgent. */
import { rfc3339 } from './clock.ts';
import { type DomainStatus, isLastConclusive } from './domain-status.ts';
import { fnv1a } from './hash.ts';
import type { TransitionStep } from './incident.ts';

/** Of a list that may be long: how many there are, and the first of them. */
export interface Listed<T> {
  readonly count: number;
  readonly shown: readonly T[];
}

/** A domain, and a time that belongs to it: RFC 3339, UTC; null: never. */
export interface DigestedDomain {
  readonly domain: string;
  readonly at: string | null;
}

export interface Digest {
  /** Domains with an open `no_backup_pin`. */
  readonly noBackupPin: Listed<string>;
  /** When a certificate ends, the next one first. */
  readonly expiring: Listed<DigestedDomain>;
  /** When an app version stops pinning, or has stopped, the first one first. */
  readonly pinsEnding: Listed<DigestedDomain>;
  /** Until when nothing is told. */
  readonly muted: Listed<DigestedDomain>;
  /** Domains that could not be judged by the last probe, and when they last could. */
  readonly unseen: Listed<DigestedDomain>;
}

/** Not an incident: it neither goes on nor ends. The first members are those that every notice has. */
export interface DigestNotice {
  readonly incident: string;
  readonly kind: 'digest';
  readonly transition: TransitionStep;
  readonly severity: 'info';
  readonly since: string;
  readonly at: string;
  readonly digest: Digest;
  /** It goes everywhere. */
  readonly channels?: never;
}

const mostListed = 20;

/** What expires within so many times `expiringWithin` is announced before it is told as an incident. */
const aheadFactor = 2;

interface Named {
  readonly domain: string;
  readonly status: DomainStatus;
}

/** null: there is nothing to say. `now`: milliseconds since the epoch. */
export function digestOf(
  domains: readonly Named[],
  { expiringWithinMs }: { readonly expiringWithinMs: number },
  now: number,
): Digest | null {
  const soon = now + aheadFactor * expiringWithinMs;
  const timed = (of: (status: DomainStatus) => number | null) =>
    domains.flatMap(({ domain, status }) => {
      const at = of(status);
      return at === null ? [] : [{ domain, at }];
    });
  const bare = domains.filter(({ status }) => status.open.includes('no_backup_pin'));
  const within = (at: number) => (at > 0 && at <= soon ? at : null);
  const digest: Digest = {
    noBackupPin: listed(bare.map(({ domain }) => domain).sort()),
    expiring: byTime(timed(({ earliestNotAfter }) => within(earliestNotAfter))),
    pinsEnding: byTime(timed(({ pinSetsEndAt }) => within(pinSetsEndAt))),
    muted: byTime(timed(({ mutedUntil }) => (mutedUntil > now ? mutedUntil : null))),
    unseen: byTime(
      timed((status) =>
        status.lastProbeAt > 0 && !isLastConclusive(status) ? status.lastConclusiveAt : null,
      ),
    ),
  };
  return Object.values(digest).some(({ count }) => count > 0) ? digest : null;
}

export function digestNotice(account: string, digest: Digest, now: number): DigestNotice {
  return {
    incident: `${now.toString(36)}-${fnv1a(`${account} digest`).toString(36)}`,
    ...{ kind: 'digest', transition: 'opened', severity: 'info' },
    ...{ since: rfc3339(now), at: rfc3339(now), digest },
  };
}

/** The shortest time between two mails of what is not urgent. `digestEveryMs` 0: there is no digest. */
export function weeklyEveryMs({
  backupPinEveryMs,
  digestEveryMs,
}: {
  readonly backupPinEveryMs: number;
  readonly digestEveryMs: number;
}): number {
  return digestEveryMs === 0 ? backupPinEveryMs : Math.min(backupPinEveryMs, digestEveryMs);
}

function listed<T>(all: readonly T[]): Listed<T> {
  return { count: all.length, shown: all.slice(0, mostListed) };
}

function byTime(all: readonly { readonly domain: string; readonly at: number }[]): Listed<DigestedDomain> {
  const sorted = [...all].sort((a, b) => a.at - b.at);
  return listed(sorted.map(({ domain, at }) => ({ domain, at: at === 0 ? null : rfc3339(at) })));
}
