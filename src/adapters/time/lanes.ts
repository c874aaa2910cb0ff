/** A lane of its own: resolves when it is one's turn to do something that blocks, and that begins at once. */
export type Lane = () => Promise<void>;

/**
 * Work that blocks for tens of milliseconds, and that strangers can ask for. One piece is done at a time, the lanes by
 * turns, and after each the loop is left to everybody else for a while: four times as long as the piece has taken.
 */
export function createLanes(): { open(): Lane } {
  /** Lanes in which somebody waits, in the order of their turns. */
  const queue: (() => void)[][] = [];
  let isBusy = false;

  function next(): void {
    const lane = queue.shift();
    const begin = lane?.shift();
    isBusy = begin !== undefined;
    if (lane === undefined || begin === undefined) return;
    if (lane.length > 0) queue.push(lane);
    const startedAt = performance.now();
    begin();
    // What was begun runs before this, for it goes on from a promise.
    setImmediate(() => {
      const restMs = Math.min(4 * (performance.now() - startedAt), mostRestMs);
      // A timer's least is a millisecond: what takes less is not worth one.
      if (restMs < 2) setImmediate(next);
      else setTimeout(next, restMs).unref();
    });
  }

  return {
    open() {
      const lane: (() => void)[] = [];
      return () =>
        new Promise((resolve) => {
          if (lane.length === 0) queue.push(lane);
          lane.push(resolve);
          if (isBusy) return;
          isBusy = true;
          setImmediate(next);
        });
    },
  };
}

const mostRestMs = 250;
