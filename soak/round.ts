/** One round: some faults at once, some changes of certificates before, during and after them; then all must be well. */
import { type Changes, noticedWithinMs, toldWithinMs } from './changes.ts';
import { withDeadline } from './deadline.ts';
import { type Draw, drawOf } from './draw.ts';
import { hasValue, scraped } from './faults/scrape.ts';
import type { FaultTable } from './faults/table.ts';
import type { Fleet } from './fleet.ts';
import { makeFault, type Outcome } from './make-fault.ts';
import type { Api } from './targets.ts';

const phases = ['before', 'during', 'after'] as const;
type Phase = (typeof phases)[number];

/** Changes in one phase of a round. */
const mostChanges = 2;
/** Two intervals, and the time in which the jobs of a killed worker are taken over. */
const probedWithinMs = (intervalMs: number) => 60_000 + 4 * intervalMs;

export interface RoundResult {
  readonly outcomes: readonly Outcome[];
  /** Domains that were not probed again after it; each with the moment. */
  readonly unprobed: readonly string[];
}

export async function makeRound(
  fleet: Fleet,
  table: FaultTable,
  changes: Changes,
  round: number,
  signal: AbortSignal,
): Promise<RoundResult> {
  const { options, reference, gaps } = fleet;
  const draw = drawOf(options.seed, round);
  const drawn = table.draw(draw, options.atOnce);
  const before = reference.open.filter(({ visibleUntil }) => visibleUntil === null);
  const ended = reference.open.filter(({ visibleUntil }) => visibleUntil !== null);
  const undone = before.map((change) => ({ change, phase: draw.one(phases) }));
  const news = drawn.some(({ kind }) => kind.needsNews === true);
  const counts: Record<Phase, number> = {
    before: draw.below(mostChanges + 1),
    during: Math.max(news ? 1 : 0, draw.below(mostChanges + 1)),
    after: draw.below(mostChanges),
  };
  // So that there is something to tell while the mail server fails.
  const isWell = ({ target, isNamed }: Api) =>
    !drawn.some(({ lane }) => lane === target.name || (lane === 'names' && isNamed));

  const change = (phase: Phase) =>
    Promise.all([
      changes.make(counts[phase], partOf(draw), phase === 'during' && news ? isWell : () => true),
      changes.undo(
        undone.filter((one) => one.phase === phase).map((one) => one.change),
        partOf(draw),
      ),
    ]);
  await change('before');
  // What nothing is told to shows no fault of its own.
  const made = changes.canMake(isWell) ? drawn : drawn.filter(({ kind }) => kind.needsNews !== true);
  const faults: Promise<Outcome>[] = [];
  const begun = made.map(
    (fault) =>
      new Promise<void>((resolve) => faults.push(makeFault(fleet, fault, partOf(draw), signal, resolve))),
  );
  const [outcomes] = await Promise.all([
    Promise.all(faults),
    Promise.all(begun).then(() => change('during')),
  ]);
  await change('after');

  const { intervalMs } = options;
  const visible = reference.open.filter(({ visibleUntil }) => visibleUntil === null);
  const allProbed = gaps
    .allProbed(withDeadline(probedWithinMs(intervalMs), signal))
    .then(() => [])
    .catch((error: Error) => [`${new Date().toISOString()} ${error.message}`]);
  const allWorkers = allAtWork(fleet, withDeadline(probedWithinMs(intervalMs), signal));
  await Promise.all([
    changes.until(visible, 'noticed', noticedWithinMs(intervalMs)),
    changes.until(before, 'told', toldWithinMs(intervalMs)),
    changes.until(ended, 'end told', toldWithinMs(intervalMs)),
  ]);
  for (const one of ended) reference.forget(one);
  reference.judge();
  const unprobed = [...(await allProbed), ...(await allWorkers)];
  signal.throwIfAborted();
  return { outcomes, unprobed };
}

/** A worker that probes nothing is one that is missing, although the others do its work. Returns what does not. */
async function allAtWork({ workers, lines }: Fleet, signal: AbortSignal): Promise<string[]> {
  const idle = workers.map(({ name }) =>
    lines
      .next((one) => one.process === name && one.line.event === 'probed', signal)
      .then(
        () => [],
        () => [`${new Date().toISOString()} ${name} probes nothing`],
      ),
  );
  return (await Promise.all(idle)).flat();
}

/** After the last round: everything is changed back, and told. */
export async function settle(fleet: Fleet, changes: Changes, signal: AbortSignal): Promise<void> {
  const { options, reference } = fleet;
  const within = toldWithinMs(options.intervalMs);
  const visible = reference.open.filter(({ visibleUntil }) => visibleUntil === null);
  await changes.until(reference.open, 'told', within);
  await changes.undo(visible, drawOf(options.seed, 0));
  await changes.until(reference.open, 'end told', within);
  for (const one of reference.open) reference.forget(one);
  await reachable(fleet, withDeadline(within, signal));
  for (const one of reference.unreachable)
    changes.missed.push(`${new Date().toISOString()} ${one}: not told as reachable again`);
  // A letter whose answer was lost is sent again; none may be left.
  const nothingOwed = scraped(
    fleet.server,
    hasValue('notices_pending', (value) => value === 0),
    withDeadline(within, signal),
  );
  await nothingOwed.catch(() =>
    changes.missed.push(`${new Date().toISOString()} some notices are still owed`),
  );
  reference.judge();
  changes.missed.push(...reference.missedBySome());
}

/** Resolves when nothing is told as unreachable any more, or when the signal aborts. */
async function reachable({ reference }: Fleet, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = reference.watch(check);
    function check(): void {
      if (reference.unreachable.length > 0 && !signal.aborted) return;
      stop();
      signal.removeEventListener('abort', check);
      resolve();
    }
    signal.addEventListener('abort', check);
    check();
  });
}

/** Its draws don't depend on when others draw. */
function partOf(draw: Draw): Draw {
  return drawOf(draw.below(1 << 30), draw.below(1 << 20));
}
