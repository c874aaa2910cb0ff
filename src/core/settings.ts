import { formatDuration } from './duration.ts';
import type { NameServer } from './name-server.ts';
import type { KeyType } from './observation.ts';
import type { ProbeProxy } from './probe-proxy.ts';

export interface ProbeSettings {
  /** One endpoint's deadline for connect and handshake together. */
  readonly timeoutMs: number;
  /** Deadline of name resolution. At most `timeoutMs`, the default, as are the two below. */
  readonly dnsTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
  /** Domains probed at a time by one worker. */
  readonly concurrency: number;
  readonly keyTypes: readonly KeyType[];
  readonly addressesPerDomain: number;
  /** Pause before the confirming probe. */
  readonly confirmAfterMs: number;
  /** Whether a server that was seen within a day is asked only for what proves that it is as it was. */
  readonly fastPath: FastPath;
  /** Asked in this order; empty: the system's. */
  readonly resolvers: readonly NameServer[];
  /** PEM of the roots for encrypted ones; null: the default ones. */
  readonly resolverCa: string | null;
  /** Connections to watched servers go through it; null: directly. */
  readonly proxy: ProbeProxy | null;
  /** Of the sweeps, so many make one in which a domain's handshakes are all made in full. */
  readonly fullHandshakeEvery: number;
}

/** `distrusted`: it is used, and then a full handshake is made in any case, whose result counts. */
export type FastPath = boolean | 'distrusted';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** How often every domain is probed, in milliseconds. A week fits well into a 32-bit timer, and a longer interval would
 *  be no watching. */
export const intervalRange = [second, 7 * day] as const;
export const defaultIntervalMs = 15 * minute;

interface NotifySetting {
  /** The name in the configuration, the API and on the command line. */
  readonly key: string;
  /** `ms` is written as a duration. */
  readonly unit: 'ms' | 'sweeps';
  /** The minimum and maximum. */
  readonly range: readonly [least: number, most: number];
  /** The default. */
  readonly standard: number;
}

/** When contacts are notified. */
export const notifyTable = {
  /** How long a notice waits for others to share its letter. */
  groupWaitMs: { key: 'groupWait', unit: 'ms', range: [0, hour], standard: 30 * second },
  /** The shortest time between two letters of an account. */
  groupIntervalMs: { key: 'groupInterval', unit: 'ms', range: [0, day], standard: 5 * minute },
  remindEveryMs: { key: 'remindEvery', unit: 'ms', range: [second, 365 * day], standard: day },
  /** Sweeps in a row. */
  unreachableAfter: { key: 'unreachableAfter', unit: 'sweeps', range: [1, 1_000], standard: 3 },
  expiringWithinMs: { key: 'expiringWithin', unit: 'ms', range: [0, 365 * day], standard: 14 * day },
  /** How long a missing backup pin is tolerated before it is told, and the shortest time before it is told again. */
  backupPinEveryMs: { key: 'backupPinEvery', unit: 'ms', range: [second, 365 * day], standard: 7 * day },
  /** How often the digest is sent, if there is something to say; 0: never. */
  digestEveryMs: { key: 'digestEvery', unit: 'ms', range: [0, 365 * day], standard: 7 * day },
} as const satisfies { readonly [name: string]: NotifySetting };

type NotifyTable = typeof notifyTable;
export type NotifyName = keyof NotifyTable;
export type NotifyKey = NotifyTable[NotifyName]['key'];
export type NotifySettings = { readonly [name in NotifyName]: number };

/** The rows with their names. */
export const notifyRows: readonly (NotifySetting & { readonly name: NotifyName; readonly key: NotifyKey })[] =
  Object.entries(notifyTable).map(([name, row]) => ({ ...row, name: name as NotifyName }));

export const notifyKeys: readonly NotifyKey[] = notifyRows.map(({ key }) => key);

/** All settings, each as returned by `read`. */
export function notifyOf(read: (row: (typeof notifyRows)[number]) => number): NotifySettings {
  return Object.fromEntries(notifyRows.map((row) => [row.name, read(row)])) as Record<NotifyName, number>;
}

/** The settings as the configuration and the API write them: durations as text. */
export function notifyWords(notify: Partial<NotifySettings>): Record<string, string | number> {
  const words = notifyRows.flatMap(({ name, key, unit }) => {
    const value = notify[name];
    if (value === undefined) return [];
    return [[key, unit === 'ms' ? formatDuration(value) : value] as const];
  });
  return Object.fromEntries(words);
}

/** The settings given under the configuration's keys, durations in milliseconds. */
export function notifyGiven(
  words: Readonly<Partial<Record<NotifyKey, number | undefined>>>,
): Partial<NotifySettings> {
  const settings = notifyRows.flatMap(({ name, key }) => {
    const value = words[key];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(settings);
}
