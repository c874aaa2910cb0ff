/** Shorter steps delay nothing: a synchronized clock is slewed, or stepped by less. */
const leastStepMs = 1_000;
const lookEveryMs = 1_000;
/** Both clocks must be read within this time: a pause between the two readings would look like a step. */
const atOnceMs = 50;
const attempts = 3;

interface Reading {
  /** The time of day, which a person or NTP may set. */
  readonly wall: number;
  /** A monotonic clock. It stops while the machine is suspended. */
  readonly steady: number;
}

/** Reports each step of the time of day, within a second, in milliseconds; negative if it was set back. */
export function watchClock(onStep: (byMs: number) => void): { stop(): void } {
  let last = read();
  const timer = setInterval(() => {
    const next = read();
    const byMs = Math.round(next.wall - last.wall - (next.steady - last.steady));
    last = next;
    if (Math.abs(byMs) >= leastStepMs) onStep(byMs);
  }, lookEveryMs);
  return { stop: () => clearInterval(timer) };
}

/** Milliseconds by a monotonic clock, for ages within this process. */
export function steadyNow(): number {
  return performance.now();
}

function read(): Reading {
  for (let attempt = 1; ; attempt += 1) {
    const before = steadyNow();
    const wall = Date.now();
    const steady = steadyNow();
    if (steady - before <= atOnceMs || attempt === attempts) return { wall, steady };
  }
}
