import { createLru } from './lru.ts';
import { isRecent } from './stored-time.ts';

/** Tells what is news from what was reported already, for what is tried again and again. */
export interface Repeats {
  /** Whether the place had this text already, less than an hour ago. */
  isRepeat(place: string, text: string, now: number): boolean;
  /** The last text reported for the place; null: nothing, or it is well. */
  known(place: string): string | null;
  /** It is well: whatever comes next is news. */
  clear(place: string): void;
}

const quietMs = 3_600_000;
const mostPlaces = 10_000;

export function createRepeats(): Repeats {
  const known = createLru<{ readonly text: string; readonly at: number }>(mostPlaces);
  return {
    isRepeat(place, text, now) {
      const before = known.get(place);
      if (before?.text === text && isRecent(before.at, now, quietMs)) return true;
      known.set(place, { text, at: now });
      return false;
    },
    known: (place) => known.get(place)?.text ?? null,
    clear: (place) => known.delete(place),
  };
}
