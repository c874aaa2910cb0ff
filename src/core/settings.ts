import { formatDuration } from './duration.ts';
import type { KeyType } from './observation.ts';

export interface ProbeSettings {
  /** One endpoint's deadline for connect and handshake together. */
  readonly timeoutMs: number;
  /** Deadline of name resolution; as the two below, at most `timeoutMs`, which is the default. */
  readonly dnsTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
  /** Domains probed at a time by one worker. */
  readonly concurrency: number;
  readonly keyTypes: readonly KeyType[];
  readonly addressesPerDomain: number;
  /** Pause before the confirming probe. */
  readonly confirmAfterMs: number;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

interface NotifySetting {
  /** As the configuration, the API and the command line call it. */
  readonly key: string;
  /** `ms`: written as a duration. */
  readonly unit: 'ms' | 'sweeps';
  /** What makes sense: the least and the most. */
  readonly range: readonly [least: number, most: number];
  /** What holds unless it is set. */
  readonly standard: number;
}

/** When people are told. */
export const notifyTable = {
  /** How long a notice waits for others to share its letter. */
  groupWaitMs: { key: 'groupWait', unit: 'ms', range: [0, hour], standard: 30 * second },
  /** Between one letter of an account and the next. */
  groupIntervalMs: { key: 'groupInterval', unit: 'ms', range: [0, day], standard: 5 * minute },
  remindEveryMs: { key: 'remindEvery', unit: 'ms', range: [second, 365 * day], standard: day },
  /** Sweeps in a row. */
  unreachableAfter: { key: 'unreachableAfter', unit: 'sweeps', range: [1, 1_000], standard: 3 },
  expiringWithinMs: { key: 'expiringWithin', unit: 'ms', range: [0, 365 * day], standard: 14 * day },
  /** How long a missing backup pin is tolerated before it is told, and how often it is told at most. */
  backupPinEveryMs: { key: 'backupPinEvery', unit: 'ms', range: [second, 365 * day], standard: 7 * day },
} as const satisfies { readonly [name: string]: NotifySetting };

type NotifyTable = typeof notifyTable;
export type NotifyName = keyof NotifyTable;
export type NotifyKey = NotifyTable[NotifyName]['key'];
export type NotifySettings = { readonly [name in NotifyName]: number };

/** The rows, each with its name. */
export const notifyRows: readonly (NotifySetting & { readonly name: NotifyName; readonly key: NotifyKey })[] =
  Object.entries(notifyTable).map(([name, row]) => ({ ...row, name: name as NotifyName }));

export const notifyKeys: readonly NotifyKey[] = notifyRows.map(({ key }) => key);

/** All of them, each as `read` gives it. */
export function notifyOf(read: (row: (typeof notifyRows)[number]) => number): NotifySettings {
  return Object.fromEntries(notifyRows.map((row) => [row.name, read(row)])) as Record<NotifyName, number>;
}

/** As the configuration and the API write them: durations as text. */
export function notifyWords(notify: Partial<NotifySettings>): Record<string, string | number> {
  const words = notifyRows.flatMap(({ name, key, unit }) => {
    const value = notify[name];
    if (value === undefined) return [];
    return [[key, unit === 'ms' ? formatDuration(value) : value] as const];
  });
  return Object.fromEntries(words);
}

/** What is given under the words of the configuration, durations in milliseconds. */
export function notifyGiven(
  words: Readonly<Partial<Record<NotifyKey, number | undefined>>>,
): Partial<NotifySettings> {
  const settings = notifyRows.flatMap(({ name, key }) => {
    const value = words[key];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(settings);
}
