import { advance, type IncidentState, needsConfirming, quiet } from '../../src/core/incident.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { Pin } from '../../src/core/pin.ts';
import { type Judgement, judge } from '../../src/core/verdict.ts';
import { failed, intermediate, leaf, newLeaf, now, pinOf, rules, seen } from '../support/observations.ts';

export const minute = 60_000;
export const backup = pinOf('backup');
export const pins = [leaf.pin, backup];

export const good = [seen()];
export const bad = [seen({ presented: [newLeaf, intermediate] })];
export const dead = [failed('connection_timeout')];

/** A domain that is probed once a quarter of an hour, followed by the state machine. */
export function watch(watchedPins: readonly Pin[] = pins, from: IncidentState = quiet) {
  let state = from;
  let at = now;
  let sweep = 0;
  const judged = (observations: readonly Observation[]): Judgement =>
    judge(
      { host: 'api.example.com', port: 443, pins: watchedPins },
      observations,
      at,
      rules.expiringWithinMs,
    );

  function step(
    observations: readonly Observation[],
    {
      first = null,
      after = 15 * minute,
      sweepId,
      muted = false,
    }: {
      first?: readonly Observation[] | null;
      after?: number;
      sweepId?: string | null;
      muted?: boolean;
    } = {},
  ) {
    at += after;
    sweep += 1;
    const probe = {
      account: 'acme',
      muted,
      judgement: judged(observations),
      firstLook: first && judged(first),
      sweep: sweepId === undefined ? String(sweep) : sweepId,
      at,
    };
    const result = advance(state, probe, rules);
    state = result.state;
    return result.transitions.map(({ kind, transition }) => `${kind} ${transition}`);
  }
  return {
    step,
    /** As a probe job does it: a second look where the first would open or change something grave. */
    probe: (observations: readonly Observation[], options: { after?: number } = {}) =>
      step(observations, {
        ...options,
        first: needsConfirming(state, judged(observations)) ? observations : null,
      }),
    needsConfirming: (observations: readonly Observation[]) => needsConfirming(state, judged(observations)),
    get state() {
      return state;
    },
    get at() {
      return at;
    },
  };
}
