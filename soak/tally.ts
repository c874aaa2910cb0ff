/** What a soak has counted so far, and how it is kept for a later run that goes on. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Outcome } from './make-fault.ts';
import { kept, type SoakOptions } from './options.ts';
import type { Counts } from './reference.ts';

export interface FaultRow {
  made: number;
  /** How long they lasted together. */
  ms: number;
}

/** Moments are in UTC, at the beginning of each text. */
export interface Tally {
  nextRound: number;
  faults: Record<string, FaultRow>;
  counts: Counts;
  probes: number;
  longestGapMs: number;
  /** Gaps within a takeover. */
  takenOver: number;
  ms: number;
  missed: string[];
  wrong: string[];
  silent: string[];
  late: string[];
  troubles: string[];
}

export const nothing = (nextRound: number): Tally => ({
  ...{ nextRound, faults: {}, probes: 0, longestGapMs: 0, takenOver: 0, ms: 0 },
  counts: {
    ...{ changes: 0, openingsTold: 0, endsTold: 0, excused: 0 },
    ...{ mails: 0, duplicates: 0, unreachableTold: 0, toldToOthers: 0 },
  },
  ...{ missed: [], wrong: [], silent: [], late: [], troubles: [] },
});

export function addOutcomes(tally: Tally, outcomes: readonly Outcome[]): void {
  for (const { name, lane, from, until, silent } of outcomes) {
    const row = tally.faults[name] ?? { made: 0, ms: 0 };
    tally.faults[name] = { made: row.made + 1, ms: row.ms + until - from };
    if (silent !== null) tally.silent.push(`${new Date(from).toISOString()} ${name} (${lane}): ${silent}`);
  }
}

export function faultsOf({ faults }: Tally): number {
  return Object.values(faults).reduce((sum, { made }) => sum + made, 0);
}

export function problemsOf({ missed, wrong, silent, late, troubles }: Tally): readonly string[] {
  return [
    ...missed.map((one) => `not told: ${one}`),
    ...wrong.map((one) => `wrongly told: ${one}`),
    ...silent.map((one) => `silent: ${one}`),
    ...late.map((one) => `late: ${one}`),
    ...troubles.map((one) => `trouble: ${one}`),
  ];
}

/** The second tally is of a run that went on after the first. */
export function sumOf(before: Tally, after: Tally): Tally {
  const names = new Set([...Object.keys(before.faults), ...Object.keys(after.faults)]);
  const row = (name: string): FaultRow => ({
    made: (before.faults[name]?.made ?? 0) + (after.faults[name]?.made ?? 0),
    ms: (before.faults[name]?.ms ?? 0) + (after.faults[name]?.ms ?? 0),
  });
  const added = Object.entries(before.counts).map(([name, count]) => [
    name,
    count + after.counts[name as keyof Counts],
  ]);
  return {
    nextRound: after.nextRound,
    faults: Object.fromEntries([...names].map((name) => [name, row(name)])),
    counts: Object.fromEntries(added) as unknown as Counts,
    probes: before.probes + after.probes,
    longestGapMs: Math.max(before.longestGapMs, after.longestGapMs),
    takenOver: before.takenOver + after.takenOver,
    ms: before.ms + after.ms,
    missed: [...before.missed, ...after.missed],
    wrong: [...before.wrong, ...after.wrong],
    silent: [...before.silent, ...after.silent],
    late: [...before.late, ...after.late],
    troubles: [...before.troubles, ...after.troubles],
  };
}

interface Kept {
  readonly options: Partial<SoakOptions>;
  readonly tally: Tally;
}

const fileOf = (directory: string) => join(directory, 'soak.json');

export async function keep(options: SoakOptions, tally: Tally): Promise<void> {
  const file = fileOf(options.directory);
  const chosen = Object.fromEntries(kept.map((name) => [name, options[name]]));
  await mkdir(options.directory, { recursive: true });
  // In one step, so that a soak that is killed can be gone on with.
  await writeFile(`${file}.next`, JSON.stringify({ options: chosen, tally } satisfies Kept, null, 1));
  await rename(`${file}.next`, file);
}

/** With the options that decide what a round is. Throws if there is nothing to go on with. */
export async function goOn(options: SoakOptions): Promise<{ options: SoakOptions; tally: Tally }> {
  const text = await readFile(fileOf(options.directory), 'utf8').catch(() => {
    throw new Error(`--resume: expected a folder with soak.json, found none in "${options.directory}"`);
  });
  const { options: chosen, tally } = JSON.parse(text) as Kept;
  return { options: { ...options, ...chosen }, tally };
}
