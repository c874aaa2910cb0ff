/**
 * Lets one caller through in each round of the event loop, in their order. For work that takes tens of milliseconds at
 * worst and comes in bunches: what else there is to do gets its turn after each of them, and not after them all.
 */
export function createOneByOne(): () => Promise<void> {
  const waiting: (() => void)[] = [];
  let isScheduled = false;
  const next = () => {
    waiting.shift()?.();
    isScheduled = waiting.length > 0;
    if (isScheduled) setImmediate(next);
  };
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (isScheduled) return;
      isScheduled = true;
      setImmediate(next);
    });
}
