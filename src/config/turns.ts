/** Work that stops here and there, so that whoever runs it can let the event loop run. */
export type Turns<T> = Generator<undefined, T, undefined>;

export function atOnce<T>(turns: Turns<T>): T {
  for (;;) {
    const { done, value } = turns.next();
    if (done === true) return value;
  }
}

/** How long it may run until the event loop does, in milliseconds. */
const turnMs = 10;

export async function inTurns<T>(turns: Turns<T>): Promise<T> {
  let startedAt = performance.now();
  for (;;) {
    const { done, value } = turns.next();
    if (done === true) return value;
    if (performance.now() - startedAt < turnMs) continue;
    await new Promise(setImmediate);
    startedAt = performance.now();
  }
}
