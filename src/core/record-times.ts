import type { DomainRecord } from './record.ts';
import { notLater } from './stored-time.ts';

/**
 * The record with no time later than `now`. All its times are in the past: the numbers named `since` or `…At`, at any
 * depth, and those in the fields below.
 */
export function boundTimes(record: DomainRecord, now: number): DomainRecord {
  const { lastCheck, ...rest } = record;
  const bounded = { ...(bound(rest, now, false) as typeof rest), lastCheck };
  // Equal times mean that the last probe was conclusive, so two different future times must not both become now.
  const isConclusive = record.lastConclusiveAt === record.lastProbeAt;
  if (isConclusive || record.lastConclusiveAt < bounded.lastProbeAt) return bounded;
  return { ...bounded, lastConclusiveAt: bounded.lastProbeAt - 1 };
}

/** Fields that map names to times. */
const fieldsOfTimes: readonly string[] = ['pending', 'badAddresses'] satisfies (keyof DomainRecord)[];

function bound(value: unknown, now: number, isTime: boolean): unknown {
  if (typeof value === 'number') return isTime ? notLater(value, now) : value;
  if (Array.isArray(value)) return isTime ? value.map((inner) => bound(inner, now, true)) : value;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => {
    const named = key === 'since' || key.endsWith('At') || fieldsOfTimes.includes(key);
    return [key, bound(inner, now, isTime || named)];
  });
  return Object.fromEntries(entries);
}
