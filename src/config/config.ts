import type { Account, Domain } from '../core/domain.ts';
import type { KeyType } from '../core/observation.ts';

/** Every setting, resolved: defaults filled in, secrets read, paths absolute, durations in milliseconds. */
export interface Config {
  /** How often every domain is probed; at least 1,000. */
  readonly intervalMs: number;
  /** Absolute path of the folder that holds what the service writes. */
  readonly stateDir: string;
  /** null: a local redis-server is started with its data under `stateDir`. */
  readonly redis: { readonly url: string | null };
  readonly http: { readonly host: string; readonly port: number };
  readonly mail: {
    /** An `smtp://` or `smtps://` URL; null: messages are written to `stateDir`/mail/*.eml. */
    readonly smtp: string | null;
    readonly from: string;
  };
  /** CIDR blocks that are probed although the default policy forbids them. */
  readonly network: { readonly allow: readonly string[] };
  readonly probe: ProbeSettings;
  readonly notify: NotifySettings;
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error' };
  readonly accounts: readonly ProvisionedAccount[];
}

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

export interface ProvisionedAccount extends Account {
  readonly domains: readonly Domain[];
}
