/**
 * How many endpoints a worker probes at a time, and who comes next.
 *
 * Accounts come in turn: one with thousands of domains takes as many places as are free, and the next place goes to
 * another account that waits. An account never holds more than half of the places while others have domains, so that they
 * need not wait for its deadlines.
 *
 * A probe that takes long gives its place back before it ends, and counts among the slow ones instead. They have places of
 * their own, more of them, because a connection that waits costs nothing but a socket.
 */
import { onAbort } from './on-abort.ts';

/** Of a domain that was never probed: one address, with both kinds of keys. */
export const usualEndpoints = 2;

export interface EndpointGate {
  /** Resolves when a probe of so many endpoints may begin, with what ends it. Rejects when the signal aborts. */
  enter(account: string, endpoints: number, signal: AbortSignal): Promise<() => void>;
}

export interface EndpointGateOptions {
  /** Endpoints at a time. */
  readonly places: number;
  /** Slow endpoints at a time, beyond `places`. */
  readonly slowPlaces: number;
  /** After so long a probe is a slow one. */
  readonly slowAfterMs: number;
  /** There is one account and no other. */
  readonly isOnlyAccount: () => boolean;
  /** Runs something in so many milliseconds; gives what calls it off. */
  readonly after: (ms: number, run: () => void) => () => void;
}

interface Waiting {
  readonly endpoints: number;
  readonly begin: () => void;
}

interface Line {
  taken: number;
  readonly waiting: Waiting[];
}

export function createEndpointGate({
  places,
  slowPlaces,
  slowAfterMs,
  isOnlyAccount,
  after,
}: EndpointGateOptions): EndpointGate {
  const lines = new Map<string, Line>();
  /** Accounts in which somebody waits, in the order of their turns. */
  let turns: string[] = [];
  let taken = 0;
  let slow = 0;

  const share = () => (isOnlyAccount() ? places : Math.max(1, Math.floor(places / 2)));
  /** One domain may have more endpoints than there are places: it comes alone. */
  const fits = (line: Line, { endpoints }: Waiting) =>
    (taken === 0 || taken + endpoints <= places) && (line.taken === 0 || line.taken + endpoints <= share());

  function lineOf(account: string): Line {
    const line = lines.get(account) ?? { taken: 0, waiting: [] };
    lines.set(account, line);
    return line;
  }

  function admit(): void {
    // Each account is asked once; one that got a place comes after the others.
    const passed: string[] = [];
    const served: string[] = [];
    for (let account = turns.shift(); account !== undefined; account = turns.shift()) {
      const line = lineOf(account);
      const next = line.waiting[0];
      if (next === undefined) continue;
      if (!fits(line, next)) {
        passed.push(account);
        if (taken >= places) break;
        continue;
      }
      line.waiting.shift();
      line.taken += next.endpoints;
      taken += next.endpoints;
      if (line.waiting.length > 0) served.push(account);
      next.begin();
      // There may be room for another one of the same.
      if (turns.length === 0) turns = served.splice(0);
    }
    turns = [...passed, ...turns, ...served];
  }

  function giveBack(account: string, endpoints: number): void {
    const line = lineOf(account);
    line.taken -= endpoints;
    taken -= endpoints;
    if (line.taken === 0 && line.waiting.length === 0) lines.delete(account);
    admit();
  }

  function hold(account: string, endpoints: number): () => void {
    let isSlow = false;
    const callOff = after(slowAfterMs, () => {
      if (slow + endpoints > slowPlaces) return;
      isSlow = true;
      slow += endpoints;
      giveBack(account, endpoints);
    });
    return () => {
      callOff();
      if (isSlow) slow -= endpoints;
      else giveBack(account, endpoints);
    };
  }

  return {
    enter(account, endpoints, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason);
          return;
        }
        const line = lineOf(account);
        let hasBegun = false;
        let callOff = () => {};
        const one = {
          endpoints,
          begin: () => {
            hasBegun = true;
            callOff();
            resolve(hold(account, endpoints));
          },
        };
        line.waiting.push(one);
        if (line.waiting.length === 1) turns.push(account);
        if (taken < places) admit();
        // Most begin at once.
        if (hasBegun) return;
        callOff = onAbort(signal, () => {
          line.waiting.splice(line.waiting.indexOf(one), 1);
          reject(signal.reason);
        });
      });
    },
  };
}
