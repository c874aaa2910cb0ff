import { createLru } from '../core/lru.ts';
import { isRecent } from '../core/stored-time.ts';
import type { Journal } from './journal.ts';
import type { UnreadableValue } from './unreadable-value.ts';

/** Reports it; never throws. */
export type ReportUnreadable = (value: UnreadableValue) => void;

/** How long the same value is not reported again; every probe, sweep and scrape meets it. */
const quietMs = 3_600_000;
const mostTold = 10_000;

export function createUnreadableReport(journal: Journal, clock: () => number): ReportUnreadable {
  const toldAt = createLru<number>(mostTold);
  return (value) => {
    const place = `${value.key} ${value.field}`;
    const now = clock();
    if (isRecent(toldAt.get(place) ?? Number.NEGATIVE_INFINITY, now, quietMs)) return;
    toldAt.set(place, now);
    journal({ kind: 'unreadable', ...value });
  };
}

/** The requested value exists, but can't be read. */
export class Unreadable extends Error {
  readonly value: UnreadableValue;
  /** As it is stored, for a caller that deletes it. */
  readonly text: string;

  constructor(value: UnreadableValue, text: string) {
    super(`${value.key}${value.field === null ? '' : ` ${value.field}`}: ${value.problem}`);
    this.value = value;
    this.text = text;
  }
}
