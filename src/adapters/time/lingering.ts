/** Work that continues after the job that started it, and that a shutdown waits for. */
export interface Lingering {
  add(work: Promise<unknown>): void;
  /** Resolves when all of it has ended. */
  ended(): Promise<void>;
}

export function createLingering(onError: (error: Error) => void): Lingering {
  const underWay = new Set<Promise<void>>();
  return {
    add(work) {
      const done: Promise<void> = work.then(
        () => {
          underWay.delete(done);
        },
        (error: Error) => {
          underWay.delete(done);
          onError(error);
        },
      );
      underWay.add(done);
    },
    async ended() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
