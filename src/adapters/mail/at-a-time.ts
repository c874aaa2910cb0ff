/** Runs at most `most` pieces of work at a time, in the order they arrive. */
export interface AtATime {
  take<T>(work: () => Promise<T>): Promise<T>;
}

export function createAtATime(most: number): AtATime {
  const waiting: (() => void)[] = [];
  let free = most;
  return {
    async take(work) {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else free += 1;
      }
    },
  };
}
