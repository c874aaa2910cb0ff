/** The soak: starts the fleet, makes rounds until enough faults were made, and counts. */
import { createChanges } from './changes.ts';
import { unlessAborted } from './deadline.ts';
import { faultTable } from './faults/table.ts';
import { type Fleet, startFleet } from './fleet.ts';
import type { SoakOptions } from './options.ts';
import { type SoakResult, usageTable } from './report.ts';
import { makeRound, settle } from './round.ts';
import { addOutcomes, faultsOf, keep, nothing, problemsOf, sumOf, type Tally } from './tally.ts';
import { sampleUsage } from './usage.ts';

/** Rejects if the soak itself is broken, or if the signal aborts it; then what it has started has ended, too. */
export async function soak(
  options: SoakOptions,
  before: Tally,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<SoakResult> {
  const closing: (() => Promise<unknown>)[] = [];
  try {
    const fleet = await startFleet(options, closing, signal);
    const workers = options.workers === 1 ? '1 worker' : `${options.workers} workers`;
    say(`${options.domains} domains are watched by ${workers}, every ${options.intervalMs / 1000} s`);
    return await unlessAborted(makeRounds(fleet, before, signal, say), signal);
  } finally {
    for (const close of closing.reverse())
      await close().catch((error: unknown) => say(`not ended: ${error}`));
  }
}

async function makeRounds(
  fleet: Fleet,
  before: Tally,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<SoakResult> {
  const { options, reference, gaps } = fleet;
  const table = faultTable(fleet);
  for (const one of table.skipped) say(`skipped: ${one}`);
  const changes = createChanges(fleet, signal);
  const startedAt = Date.now();
  const own = nothing(before.nextRound);
  const unprobed: string[] = [];
  const total = () => {
    gaps.look(Date.now());
    const { counts, wrong } = reference;
    const { probes, longestMs: longestGapMs, takenOver, late } = gaps;
    const told = { counts, wrong: [...wrong], missed: [...changes.missed] };
    const probed = { probes, longestGapMs, takenOver, late: [...late, ...unprobed] };
    const ms = Date.now() - startedAt;
    return sumOf(before, { ...own, ...told, ...probed, ms, troubles: [...fleet.troubles] });
  };
  const [worker] = fleet.workers;
  if (worker === undefined) throw new Error('unreachable: there is a first worker');
  const samples = sampleUsage(worker, () => fleet.probesOf(worker), signal);
  const usage = () => {
    const row = samples.of(options.probes === null ? 'usual' : 'long');
    return row === null ? [] : [row];
  };
  signal.addEventListener('abort', () => {
    say(`${worker.name} has made ${fleet.probesOf(worker)} probes in this run`);
    if (usage().length > 0) say(`medians until now\n${usageTable(usage())}`);
  });

  const isOver = () => {
    const minutes = (Date.now() - startedAt) / 60_000;
    return (
      faultsOf(total()) >= options.faults ||
      (options.minutes !== null && minutes >= options.minutes) ||
      (options.probes !== null && fleet.probesOf(worker) >= options.probes)
    );
  };
  while (!isOver()) {
    const roundAt = Date.now();
    const round = own.nextRound;
    const result = await makeRound(fleet, table, changes, round, signal);
    addOutcomes(own, result.outcomes);
    unprobed.push(...result.unprobed);
    own.nextRound += 1;
    const now = total();
    await keep(options, now);
    const seconds = ((Date.now() - roundAt) / 1000).toFixed(0);
    const faults = result.outcomes.map(({ name }) => name).join(', ');
    const counted = `${faultsOf(now)} faults, ${problemsOf(now).length} problems`;
    say(`round ${round}, ${seconds} s: ${faults}; ${counted}, ${fleet.probesOf(worker)} probes`);
  }
  await settle(fleet, changes, signal);
  const { untold } = reference;
  own.missed.push(...untold.map((one) => `${one}: opened by the log, and in no mail`));
  const last = total();
  const tally = { ...last, missed: [...last.missed, ...own.missed] };
  await keep(options, tally);
  return { tally, usage: usage(), skipped: table.skipped };
}
