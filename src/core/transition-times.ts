import { rfc3339 } from './clock.ts';
import type { Transition } from './incident.ts';

/**
 * The transition as it can be told at `now`, in milliseconds since the epoch: times noted by a clock that has since
 * been set back are limited to `now`.
 */
export function tellableAt(transition: Transition, now: number): Transition {
  const notLater = (time: string) => (Date.parse(time) > now ? rfc3339(now) : time);
  const { since, at, lastWell, recovery } = transition;
  return {
    ...transition,
    since: notLater(since),
    at: notLater(at),
    ...(lastWell === undefined ? {} : { lastWell: notLater(lastWell) }),
    ...(recovery?.cause === 'pins'
      ? {
          recovery: {
            ...recovery,
            pins: recovery.pins.map((pin) => ({ ...pin, at: pin.at && notLater(pin.at) })),
          },
        }
      : {}),
  };
}
