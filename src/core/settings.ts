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
