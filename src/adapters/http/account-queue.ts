/**
 * Runs a few requests of each account at a time, and queues the others: however many an account sends, those of other
 * accounts are not held up.
 */
export interface AccountQueue {
  /** Resolves when it is the caller's turn, with a function that ends the turn; null: too many are waiting. */
  take(who: string): Promise<(() => void) | null>;
}

interface Line {
  taken: number;
  readonly waiting: (() => void)[];
}

export function createAccountQueue(width: number, mostWaiting: number): AccountQueue {
  const lines = new Map<string, Line>();
  return {
    async take(who) {
      const line = lines.get(who) ?? { taken: 0, waiting: [] };
      lines.set(who, line);
      if (line.taken < width) line.taken += 1;
      else if (line.waiting.length >= mostWaiting) return null;
      // The turn that ends passes to this one: it stays taken.
      else await new Promise<void>((resolve) => line.waiting.push(resolve));
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        const next = line.waiting.shift();
        if (next !== undefined) return next();
        line.taken -= 1;
        if (line.taken === 0) lines.delete(who);
      };
    },
  };
}
