/** Resolves when it is this lane's turn to do something that blocks. The work must start at once. */
export type Lane = () => Promise<void>;

/**
 * Work that blocks for tens of milliseconds, and that clients can cause. One piece runs at a time, the lanes take
 * turns, and after each piece the loop is left to other work for four times as long as the piece took.
 */
export function createLanes(): { open(): Lane } {
  /** Lanes with waiting work, in the order of their turns. */
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
    // The work just started runs before this, because it continues from a promise.
    setImmediate(() => {
      const restMs = Math.min(4 * (performance.now() - startedAt), mostRestMs);
      // A timer takes at least a millisecond: shorter rests are not worth one.
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
