/**
 * One address with many servers behind it, watched as the service does: the client's view of what the state machine
 * decides. Every connection reaches a random server, or none; what clients would have met is counted too.
 */
import { advance } from '../../src/core/advance.ts';
import { type IncidentState, quiet } from '../../src/core/incident.ts';
import { nextLook } from '../../src/core/next-look.ts';
import type { Observation } from '../../src/core/observation.ts';
import { judgeLooks } from '../../src/core/verdict.ts';
import { failed, intermediate, newLeaf, now, rules, seen } from '../support/observations.ts';
import { pins } from './incident-rig.ts';

/** What one connection meets, in percent. */
export interface Weather {
  /** How many of the completed connections show a key that is not pinned. */
  readonly bad: number;
  /** How many break off before anything is seen. */
  readonly dropped: number;
}

/** A sequence of 32-bit numbers, the same for the same seed (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const good = seen();
const bad = seen({ presented: [newLeaf, intermediate] });
const dropped = failed('connection_reset');

export interface Told {
  readonly sweep: number;
  readonly transition: string;
}

/** Sweeps in each weather in turn, and what is told of `pin_mismatch`. It ends early once `isOver` says so. */
export function watchBalancer(
  weathers: readonly Weather[],
  random: () => number,
  isOver: (told: readonly Told[]) => boolean = () => false,
) {
  let state: IncidentState = quiet;
  const told: Told[] = [];
  let connections = 0;
  let mismatched = 0;
  for (const [sweep, weather] of weathers.entries()) {
    const at = now + sweep * 900_000;
    const connect = (): readonly Observation[] => {
      if (random() * 100 < weather.dropped) return [dropped];
      const isBad = random() * 100 < weather.bad;
      connections += 1;
      mismatched += Number(isBad);
      return [isBad ? bad : good];
    };
    const looks = [connect()];
    const judged = () =>
      judgeLooks({ host: 'api.example.com', port: 443, pins }, looks, at, rules.expiringWithinMs);
    let judgement = judged();
    while (nextLook(state, judgement, looks.length, at) !== null) {
      looks.push(connect());
      judgement = judged();
    }
    const probe = { account: 'acme', judgement, sweep: String(sweep), at };
    const result = advance(state, probe, rules);
    state = result.state;
    for (const { kind, transition } of result.transitions) {
      if (kind === 'pin_mismatch') told.push({ sweep, transition });
    }
    if (isOver(told)) break;
  }
  return { told, state, connections, mismatched };
}
