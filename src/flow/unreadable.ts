import { isRecent } from '../core/stored-time.ts';
import type { Journal } from './journal.ts';

/** A value of the store that makes no sense: damaged, or written by something else. It must harm nothing but what it is about. */
export interface UnreadableValue {
  /** Its key in Redis. */
  readonly key: string;
  /** Its field or place in that key; null where the key as a whole is meant. */
  readonly field: string | null;
  readonly account: string | null;
  readonly domain: string | null;
  /** What was expected, and what was found instead. */
  readonly problem: string;
}

/** Tells of it; never throws. */
export type ReportUnreadable = (value: UnreadableValue) => void;

/** How long the same value is not told of again; it is met at every probe, sweep and scrape. */
const quietMs = 3_600_000;
const mostTold = 10_000;

export function createUnreadableReport(journal: Journal, clock: () => number): ReportUnreadable {
  const toldAt = new Map<string, number>();
  return (value) => {
    const place = `${value.key} ${value.field}`;
    const now = clock();
    if (isRecent(toldAt.get(place) ?? Number.NEGATIVE_INFINITY, now, quietMs)) return;
    toldAt.set(place, now);
    const [oldest] = toldAt.keys();
    if (toldAt.size > mostTold && oldest !== undefined) toldAt.delete(oldest);
    journal({ kind: 'unreadable', ...value });
  };
}

/** What was asked for is there, and can't be read. */
export class Unreadable extends Error {
  readonly value: UnreadableValue;
  /** As it is stored, for whoever goes on to delete it. */
  readonly text: string;

  constructor(value: UnreadableValue, text: string) {
    super(`${value.key}${value.field === null ? '' : ` ${value.field}`}: ${value.problem}`);
    this.value = value;
    this.text = text;
  }
}
