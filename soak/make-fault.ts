/** Makes one fault: begins it, waits until it is seen, ends it. */
import { unlessAborted, withDeadline } from './deadline.ts';
import type { Draw } from './draw.ts';
import type { Running } from './faults/fault.ts';
import type { DrawnFault } from './faults/table.ts';
import type { Fleet } from './fleet.ts';

export interface Outcome {
  readonly name: string;
  readonly lane: string;
  /** When it began and ended, in milliseconds since the epoch. */
  readonly from: number;
  readonly until: number;
  /** null: it was seen. */
  readonly silent: string | null;
}

/** How long a fault may stay unseen; three sweeps are needed for some. */
const seenWithinMs = (intervalMs: number) => 60_000 + 8 * intervalMs;

/** With processes that start again on a busy machine, or a store that has to be found. */
const endedWithinMs = (intervalMs: number) => 120_000 + 8 * intervalMs;

/** Rejects if the fault can't be begun or ended in time: then the soak itself is broken. `begun` is called when it is on. */
export async function makeFault(
  fleet: Fleet,
  { kind, lane }: DrawnFault,
  draw: Draw,
  signal: AbortSignal,
  begun: () => void,
): Promise<Outcome> {
  const from = Date.now();
  const unheld = kind.holds === undefined ? () => {} : fleet.gaps.hold(kind.holds);
  const tooLong = new AbortController();
  const timer = setTimeout(
    () => tooLong.abort(new Error('not seen in time')),
    seenWithinMs(fleet.options.intervalMs),
  );
  const either = AbortSignal.any([signal, tooLong.signal]);
  const brokenBy = (cause: unknown) =>
    new Error(`${kind.name} (${lane}): ${cause instanceof Error ? cause.message : cause}`, { cause });
  let silent: string | null = null;
  let running: Running | undefined;
  try {
    running = await unlessAborted(kind.begin({ fleet, lane, draw, signal: either }), either);
    begun();
    await unlessAborted(running.seen, either).catch((error: unknown) => {
      signal.throwIfAborted();
      silent = error instanceof Error ? error.message : String(error);
    });
  } catch (error) {
    signal.throwIfAborted();
    throw brokenBy(error);
  } finally {
    begun();
    clearTimeout(timer);
  }
  const late = withDeadline(endedWithinMs(fleet.options.intervalMs), signal);
  await unlessAborted(running.end(), late).catch((error: unknown) => {
    signal.throwIfAborted();
    throw brokenBy(error);
  });
  unheld();
  return { name: kind.name, lane, from, until: Date.now(), silent };
}
