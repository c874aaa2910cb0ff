/** What a soak found, as text. */
import type { SoakOptions } from './options.ts';
import { faultsOf, problemsOf, type Tally } from './tally.ts';
import type { UsageRow } from './usage.ts';

export interface SoakResult {
  readonly tally: Tally;
  readonly skipped: readonly string[];
  /** Of this run alone. */
  readonly usage: readonly UsageRow[];
}

/** Problems that are printed; all of them are in soak.json. */
const mostShown = 40;

export function isGood({ tally, usage }: SoakResult): boolean {
  return problemsOf(tally).length === 0 && usage.every(({ isFlat }) => isFlat);
}

export function report(options: SoakOptions, result: SoakResult): string {
  const { tally, usage, skipped } = result;
  const { counts } = tally;
  const faults = Object.entries(tally.faults).sort(([a], [b]) => (a < b ? -1 : 1));
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const problems = problemsOf(tally);
  const faultRows = faults.map(([name, { made, ms }]) => [name, String(made), seconds(ms / made)]);
  const countRows = [
    ['changes that clients met', String(counts.changes)],
    ['told as opened', String(counts.openingsTold)],
    ['told as over', String(counts.endsTold)],
    ['excused: an emptied store took what was owed', String(counts.excused)],
    ['not told', String(tally.missed.length)],
    ['told wrongly', String(tally.wrong.length)],
    ['told as unreachable', String(counts.unreachableTold)],
    ['mails', String(counts.mails)],
    ['of these, again with the same Message-ID', String(counts.duplicates)],
    ['through webhooks, and to second contacts in mails of their own', String(counts.toldToOthers)],
    ['probes', String(tally.probes)],
    ['longest time without a probe, while nothing kept pinwatch from it', seconds(tally.longestGapMs)],
    ['unprobed for more than two intervals', String(tally.late.length)],
    ['the same, until the jobs of a lost worker were taken over', String(tally.takenOver)],
    ['faults that no event or metric showed', String(tally.silent.length)],
    ['troubles without a cause', String(tally.troubles.length)],
  ];
  return [
    `${faultsOf(tally)} faults in ${(tally.ms / 60_000).toFixed(1)} minutes, seed ${options.seed}`,
    '',
    table(['fault', 'made', 'lasted'], faultRows),
    '',
    table(['counted', ''], countRows),
    ...(usage.length === 0 ? [] : ['', usageTable(usage)]),
    ...(skipped.length === 0 ? [] : ['', ...skipped.map((one) => `skipped: ${one}`)]),
    '',
    ...(isGood(result)
      ? ['all counts hold']
      : [
          ...problems.slice(0, mostShown),
          ...(problems.length > mostShown ? [`and ${problems.length - mostShown} more in soak.json`] : []),
          `again: ${repeat(options)}`,
        ]),
  ].join('\n');
}

/** The medians of each quarter. */
export function usageTable(usage: readonly UsageRow[]): string {
  const rows = usage.map(({ process, probes, quarters, isFlat }) => [
    process,
    String(probes),
    ...quarters.map(({ rssMib }) => `${rssMib.toFixed(0)} MiB`),
    ...quarters.map(({ handles }) => String(handles)),
    isFlat ? 'flat' : 'GROWS',
  ]);
  const quarters = ['2nd', '3rd', 'last'];
  const head = ['process', 'probes', 'memory, 1st quarter', ...quarters, 'open files, 1st', ...quarters, ''];
  return table(head, rows);
}

export function repeat(options: SoakOptions): string {
  const { seed, faults, probes, atOnce, domains, workers, targets, intervalMs, store } = options;
  const { upgrades, only, round } = options;
  return [
    `npm run soak -- --seed ${seed}`,
    ...(faults === Number.MAX_SAFE_INTEGER ? [] : [`--faults ${faults}`]),
    ...(probes === null ? [] : [`--probes ${probes}`]),
    `--at-once ${atOnce} --domains ${domains} --workers ${workers}`,
    `--targets ${targets} --interval ${intervalMs / 1000} --redis ${store}`,
    ...(upgrades ? ['--upgrades'] : []),
    ...(only === null ? [] : [`--only "${only}"`]),
    ...(round === 1 ? [] : [`--round ${round}`]),
  ].join(' ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
