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
  /** Whether a server that was seen within a day is asked only for what proves that it is as it was. */
  readonly fastPath: FastPath;
  /** Of the sweeps, so many make one in which a domain's handshakes are all made in full. */
  readonly fullHandshakeEvery: number;
}

/** `distrusted`: it is taken, and then a full handshake is made all the same, whose answer counts. */
export type FastPath = boolean | 'distrusted';

export interface NotifySettings {
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly remindEveryMs: number;
  /** Sweeps in a row. */
  readonly unreachableAfter: number;
  readonly expiringWithinMs: number;
  /** How long a missing backup pin is tolerated before it is told, and how often it is told at most. */
  readonly backupPinEveryMs: number;
}

const second = 1_000;
const hour = 3_600_000;
const day = 24 * hour;

/** What makes sense of each, in its unit: the least and the most. */
export const notifyLimits: { readonly [setting in keyof NotifySettings]: readonly [number, number] } = {
  groupWaitMs: [0, hour],
  groupIntervalMs: [0, day],
  remindEveryMs: [second, 365 * day],
  unreachableAfter: [1, 1_000],
  expiringWithinMs: [0, 365 * day],
  backupPinEveryMs: [second, 365 * day],
};

/** As the configuration and the API write them: durations as text, under names without their unit. */
export function notifyWords(notify: Partial<NotifySettings>): Record<string, string | number> {
  const words = Object.entries(notify).map(([key, value]): [string, string | number] =>
    key.endsWith('Ms') ? [key.slice(0, -2), formatDuration(value)] : [key, value],
  );
  return Object.fromEntries(words);
}
