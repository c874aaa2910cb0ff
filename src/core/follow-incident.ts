import type { Condition } from './condition.ts';
import type { OpenIncident, TransitionStep } from './incident.ts';

export interface Followed<I> {
  readonly incident: I | null;
  readonly transition: TransitionStep | null;
}

export interface Following {
  /** Facts that were never told of this incident. */
  readonly fresh: readonly string[];
  /** Facts that are kept, to recognise new ones. */
  readonly mostTold: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly muted: boolean;
  /** The time between two reminders. */
  readonly remindEveryMs: number;
}

/** What becomes of an open incident; advance.ts says what each step means. */
export function followIncident<I extends OpenIncident<string>>(
  open: I,
  condition: Condition,
  { fresh, mostTold, at, muted, remindEveryMs }: Following,
): Followed<I> {
  const wasTold = open.toldAt > 0;
  if (condition === 'absent') return { incident: null, transition: wasTold ? 'closed' : null };
  if (muted) return { incident: open, transition: null };
  const told = [...open.told, ...fresh].slice(-mostTold);
  if (!wasTold) return { incident: { ...open, told, toldAt: at }, transition: 'opened' };
  if (fresh.length > 0) {
    const { acknowledged: _answersOtherFacts, ...unanswered } = open;
    return { incident: { ...(unanswered as I), told, toldAt: at }, transition: 'changed' };
  }
  if (open.acknowledged === undefined && at - open.toldAt >= remindEveryMs) {
    return { incident: { ...open, toldAt: at }, transition: 'reminder' };
  }
  return { incident: open, transition: null };
}
