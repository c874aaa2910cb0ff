import { advance } from '../../src/core/advance.ts';
import { type IncidentState, quiet, type Transition } from '../../src/core/incident.ts';
import { nextLook } from '../../src/core/next-look.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { Pin } from '../../src/core/pin.ts';
import { type Judgement, judgeLooks } from '../../src/core/verdict.ts';
import { failed, intermediate, leaf, newLeaf, now, pinOf, rules, seen } from '../support/observations.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const backup = pinOf('backup');
export const pins = [leaf.pin, backup];

export const good = [seen()];
export const bad = [seen({ presented: [newLeaf, intermediate] })];
export const dead = [failed('connection_timeout')];

/** A domain that is probed every quarter of an hour, tracked by the state machine. */
export function watch(watchedPins: readonly Pin[] = pins, from: IncidentState = quiet) {
  let state = from;
  let at = now;
  let sweep = 0;
  const told: Transition[] = [];
  const judged = (looks: readonly (readonly Observation[])[]): Judgement =>
    judgeLooks({ host: 'api.example.com', port: 443, pins: watchedPins }, looks, at, rules.expiringWithinMs);

  interface Options {
    readonly after?: number;
    readonly sweepId?: string | null;
    readonly muted?: boolean;
  }

  /** A probe with exactly these looks. */
  function looks(
    made: readonly (readonly Observation[])[],
    { after = 15 * minute, sweepId, muted = false }: Options = {},
  ) {
    at += after;
    sweep += 1;
    const probe = {
      account: 'acme',
      muted,
      judgement: judged(made),
      sweep: sweepId === undefined ? String(sweep) : sweepId,
      at,
    };
    const result = advance(state, probe, rules);
    state = result.state;
    told.push(...result.transitions);
    return result.transitions.map(({ kind, transition }) => `${kind} ${transition}`);
  }

  /** A probe as a job makes it: further looks as requested, each seeing what `see` returns. */
  function probe(see: readonly Observation[] | (() => readonly Observation[]), options: Options = {}) {
    const look = typeof see === 'function' ? see : () => see;
    const made = [look()];
    while (nextLook(state, judged(made), made.length, at) !== null) made.push(look());
    return looks(made, options);
  }
  return {
    looks,
    step: (observations: readonly Observation[], options: Options = {}) => looks([observations], options),
    probe,
    /** What is looked at again after these looks: `address keyType` of each, and whether it is the confirming look. */
    next: (...made: readonly (readonly Observation[])[]) => {
      const next = nextLook(state, judged(made), made.length, at);
      return next && { ...next, endpoints: next.endpoints.map((one) => `${one.address} ${one.keyType}`) };
    },
    /** All transitions so far. */
    told: told as readonly Transition[],
    get state() {
      return state;
    },
    get at() {
      return at;
    },
  };
}
