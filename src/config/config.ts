import type { ProvisionedAccount } from '../core/domain.ts';
import type { Platform } from '../core/platforms.ts';
import type { NotifySettings, ProbeSettings } from '../core/settings.ts';

/** Every setting, resolved: defaults filled in, secrets read, paths absolute, durations in milliseconds. */
export interface Config {
  /** How often every domain is probed; at least 1,000. */
  readonly intervalMs: number;
  /** Absolute path of the folder that holds what the service writes. */
  readonly stateDir: string;
  readonly redis: {
    /** null: a local redis-server is started with its data under `stateDir`. */
    readonly url: string | null;
    /** The URL names a node of a Redis Cluster. */
    readonly cluster: boolean;
  };
  readonly http: HttpSettings;
  /** Where people reach this installation, without a slash at its end; null: mails don't say. */
  readonly publicUrl: string | null;
  /** Where the runbook is; null: mails name the file. */
  readonly runbookUrl: string | null;
  readonly mail: MailSettings;
  /** CIDR blocks that are probed although the default policy forbids them. */
  readonly network: { readonly allow: readonly string[] };
  readonly probe: ProbeSettings;
  /** Whose rules count for domains and accounts that don't say so themselves. */
  readonly platforms: readonly Platform[];
  readonly notify: NotifySettings;
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error' };
  readonly accounts: readonly ProvisionedAccount[];
}

export interface MailSettings {
  /** An `smtp://` or `smtps://` URL; null: messages are written to `stateDir`/mail/*.eml. */
  readonly smtp: string | null;
  readonly from: string;
  /** PEM of the roots that replace the default ones for the mail server; null: the default ones. */
  readonly ca: string | null;
  /** What the machine calls itself (EHLO); null: its host name, or an address literal. */
  readonly name: string | null;
  /** Whether a mail server without TLS gets mail; by default no, if a password would travel. */
  readonly tls: 'required' | 'opportunistic';
}

export interface HttpSettings {
  readonly host: string;
  readonly port: number;
  /** PEM; null: plain HTTP, for loopback or a proxy in front. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** An admin's token from the environment; null for none. */
  readonly adminToken: string | null;
  /** Metrics want no token, also when tokens exist. */
  readonly openMetrics: boolean;
  /** Whose series the metrics show: of all domains, or of those with something wrong. */
  readonly metricsDetail: 'all' | 'problems';
  /** CIDR blocks of the proxies in front, whose word on where a request comes from is taken. */
  readonly proxies: readonly string[];
  /** The path under which a proxy shows all of it, without a slash at its end; '' for the root. */
  readonly basePath: string;
  /** Requests for probes that one account may make in a minute; ten times as many additions of domains. */
  readonly probesPerMinute: number;
  /** Changes by the API that one account may make in a minute, and every admin. */
  readonly changesPerMinute: number;
  /** Open at a time; at most so many. */
  readonly connections: number;
}
