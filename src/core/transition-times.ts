import { rfc3339 } from './clock.ts';
import type { Transition } from './incident.ts';
import { isOfDomain, type Notice } from './notice.ts';

/**
 * The notice as it can be told at `now`, in milliseconds since the epoch: times noted by a clock that has since been set
 * back are limited to `now`.
 */
export function tellableAt<N extends Notice>(notice: N, now: number): N {
  const { since, at } = notice;
  const times = { since: notLater(since, now), at: notLater(at, now) };
  return { ...notice, ...times, ...(isOfDomain(notice) ? explanationAt(notice, now) : {}) };
}

function explanationAt({ lastWell, recovery }: Transition, now: number): Partial<Transition> {
  return {
    ...(lastWell === undefined ? {} : { lastWell: notLater(lastWell, now) }),
    ...(recovery?.cause === 'pins'
      ? {
          recovery: {
            ...recovery,
            pins: recovery.pins.map((pin) => ({ ...pin, at: pin.at && notLater(pin.at, now) })),
          },
        }
      : {}),
  };
}

function notLater(time: string, now: number): string {
  return Date.parse(time) > now ? rfc3339(now) : time;
}
