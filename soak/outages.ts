/** Which domains could not be reached, and what was told of it. */
import type { Transition } from '../src/core/incident.ts';

export interface Outages {
  /** They can't be reached from now on. Returns what ends that. */
  down(domains: readonly string[]): () => void;
  /** Returns what is wrong with it. `losses`: how often the store has lost something. */
  told(transition: Transition, losses: number): string[];
  /** Those that were told as unreachable, and not yet as reachable again. */
  readonly untold: readonly string[];
  /** Of what is open, the end may never be told. */
  storeLost(): void;
}

interface Outage {
  began: number;
  ended: number;
  /** Milliseconds since the epoch. */
  endedAt: number;
  readonly opened: Set<string>;
  readonly closed: Set<string>;
}

/** How late a letter about an outage may be. */
const longestLetterMs = 600_000;

export function createOutages(domains: readonly string[]): Outages {
  const outages = new Map<string, Outage>(
    domains.map((name) => [name, { began: 0, ended: 0, endedAt: 0, opened: new Set(), closed: new Set() }]),
  );
  const outageOf = (name: string): Outage => {
    const found = outages.get(name);
    if (found === undefined) throw new Error(`unreachable: every domain has its outages, but not ${name}`);
    return found;
  };
  return {
    down(some) {
      for (const name of some) outageOf(name).began += 1;
      let isDown = true;
      return () => {
        for (const name of isDown ? some : []) {
          const outage = outageOf(name);
          outage.ended += 1;
          outage.endedAt = Date.now();
        }
        isDown = false;
      };
    },
    told({ domain, incident, transition: step, flapping }, losses) {
      const { began, ended, endedAt, opened, closed } = outageOf(domain);
      if (step === 'opened') {
        opened.add(incident);
        const isDown = began > ended || Date.now() - endedAt < longestLetterMs;
        return opened.size > began + losses || !isDown ? ['it was reachable'] : [];
      }
      if (step === 'closed') {
        const isKnown = opened.has(incident);
        closed.add(incident);
        return [
          ...(ended === 0 ? ['it is unreachable'] : []),
          ...(isKnown || losses > 0 ? [] : ['never told as opened']),
        ];
      }
      return flapping === undefined && step === 'reminder' ? ['no reminder is due'] : [];
    },
    get untold() {
      return [...outages].flatMap(([domain, { opened, closed }]) =>
        [...opened].filter((one) => !closed.has(one)).map((one) => `${domain} (incident ${one})`),
      );
    },
    storeLost() {
      for (const { opened, closed } of outages.values()) for (const one of opened) closed.add(one);
    },
  };
}
