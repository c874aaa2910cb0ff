/**
 * Regions that hang: their workers announce themselves, and answer nothing. Each probe would wait for them until its
 * deadline, and hold a place that others need. So after some looks in a row without an answer, one look at a time tries
 * whether they answer again, and the others do not wait.
 */
export interface HangingRegions {
  /** null: there was no answer; `not_asked`: none can be expected. Rejects if `ask` does. */
  ask<Answer>(region: string, ask: () => Promise<Answer | null>): Promise<Answer | 'not_asked' | null>;
  /** Its workers are gone: those that come next have missed nothing. */
  forget(region: string): void;
}

/** More than a worker that is restarted leaves unanswered at a small installation. */
const mostMissed = 20;

export function createHangingRegions(): HangingRegions {
  const states = new Map<string, { missed: number; isTried: boolean }>();
  return {
    forget: (region) => void states.delete(region),
    async ask(region, ask) {
      const state = states.get(region) ?? { missed: 0, isTried: false };
      states.set(region, state);
      const isTrial = state.missed >= mostMissed;
      if (isTrial && state.isTried) return 'not_asked';
      if (isTrial) state.isTried = true;
      try {
        const answer = await ask();
        state.missed = answer === null ? state.missed + 1 : 0;
        return answer;
      } finally {
        if (isTrial) state.isTried = false;
      }
    },
  };
}
