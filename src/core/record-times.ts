import type { DomainRecord } from './record.ts';
import { notLater } from './stored-time.ts';

/**
 * The record as `now` can believe it. Every time that it keeps is one that has been: the numbers called `since` or `…At`,
 * however deep, and those in the fields below.
 */
export function boundTimes(record: DomainRecord, now: number): DomainRecord {
  const { lastCheck, ...rest } = record;
  const bounded = { ...(bound(rest, now, false) as typeof rest), lastCheck };
  // Equal says that the last probe was conclusive: two times to come must not become the same now.
  const isConclusive = record.lastConclusiveAt === record.lastProbeAt;
  if (isConclusive || record.lastConclusiveAt < bounded.lastProbeAt) return bounded;
  return { ...bounded, lastConclusiveAt: bounded.lastProbeAt - 1 };
}

/** Whose values are times, by what they are of. */
const fieldsOfTimes: readonly string[] = ['pending', 'badAddresses'] satisfies (keyof DomainRecord)[];

function bound(value: unknown, now: number, isTime: boolean): unknown {
  if (typeof value === 'number') return isTime ? notLater(value, now) : value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => {
    const named = key === 'since' || key.endsWith('At') || fieldsOfTimes.includes(key);
    return [key, bound(inner, now, isTime || named)];
  });
  return Object.fromEntries(entries);
}
