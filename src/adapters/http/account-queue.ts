/**
 * AccountQueue at the event loop. Of the requests of one account a few are carried out at a time, and the others wait for theirs:
 * however many it sends, those of another account come in between.
 */
export interface AccountQueue {
  /** Resolves with what gives the turn back, once it is one's turn; null: too many wait already. */
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
      // Who gives the turn back passes it on: it stays taken.
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
