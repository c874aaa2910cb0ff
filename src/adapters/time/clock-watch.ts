/** Shorter steps hold nothing up: a clock that is kept right is slewed, or stepped by less. */
const leastStepMs = 1_000;
const lookEveryMs = 1_000;
/** Read at once: a process that is held up between its two clocks would take that for a step. */
const atOnceMs = 50;
const attempts = 3;

interface Reading {
  /** The time of day, which is set, by a person or by NTP. */
  readonly wall: number;
  /** A clock that nobody sets. It stands still while the machine is suspended. */
  readonly steady: number;
}

/** Tells each step of the time of day, within a second, in milliseconds: negative where it was set back. */
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

/** Milliseconds by a clock that nobody sets, for ages within this process. */
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
