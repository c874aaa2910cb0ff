import type { Account, Domain } from '../core/domain.ts';
import type { NotifySettings, ProbeSettings } from '../core/settings.ts';

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

export interface ProvisionedAccount extends Account {
  readonly domains: readonly Domain[];
}
