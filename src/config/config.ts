import type { ProvisionedAccount } from '../core/domain.ts';
import type { Pin } from '../core/pin.ts';
import type { Platform } from '../core/platforms.ts';
import type { NotifySettings, ProbeSettings } from '../core/settings.ts';

/** Every setting, resolved: defaults filled in, secrets read, paths absolute, durations in milliseconds. */
export interface Config {
  /** How often every domain is probed; at least 1,000. */
  readonly intervalMs: number;
  /** Where this process probes from. */
  readonly region: string;
  /** Absolute path of the folder that holds what the service writes. */
  readonly stateDir: string;
  readonly redis: RedisSettings;
  readonly http: HttpSettings;
  /** Where people reach this installation, without a trailing slash; null: mails leave it out. */
  readonly publicUrl: string | null;
  /** Where the runbook is; null: mails name the file. */
  readonly runbookUrl: string | null;
  readonly mail: MailSettings;
  /** CIDR blocks that are probed although the default policy forbids them. */
  readonly network: { readonly allow: readonly string[] };
  readonly probe: ProbeSettings;
  /** The platforms whose rules apply to domains and accounts that name none. */
  readonly platforms: readonly Platform[];
  readonly notify: NotifySettings;
  readonly publish: PublishSettings;
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error' };
  readonly accounts: readonly ProvisionedAccount[];
}

/** With neither a URL nor sentinels, `run` starts a local redis-server with its data under `stateDir`. */
export interface RedisSettings {
  /** Of one server, or of a node of a Redis Cluster. */
  readonly url: string | null;
  readonly cluster: boolean;
  /** Instead of a URL. */
  readonly sentinel: SentinelSettings | null;
  /** How certificates are checked and which one is shown; null: by the defaults of Node.js, or no TLS at all. */
  readonly tls: RedisTlsSettings | null;
}

/** The sentinels that say which server is the master, and how to log in to them and to it. */
export interface SentinelSettings {
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  /** The master's name, as the sentinels have it. */
  readonly name: string;
  readonly user: string | null;
  readonly password: string | null;
  readonly database: number;
  readonly sentinelUser: string | null;
  readonly sentinelPassword: string | null;
  /** null: connections to the sentinels are in the clear. */
  readonly sentinelTls: RedisTlsSettings | null;
}

export interface RedisTlsSettings {
  /** PEM of the roots that replace the default ones; null: the default ones. */
  readonly ca: string | null;
  /** PEM of the client's certificate and key; null: none. */
  readonly client: { readonly cert: string; readonly key: string } | null;
  /** The name that the certificate must be for; null: the host that is connected to. */
  readonly serverName: string | null;
}

export interface MailSettings {
  /** An `smtp://` or `smtps://` URL; null: messages are written to `stateDir`/mail/*.eml. */
  readonly smtp: string | null;
  readonly from: string;
  /** PEM of the roots that replace the default ones for the mail server; null: the default ones. */
  readonly ca: string | null;
  /** The name given in EHLO; null: the machine's host name, or an address literal. */
  readonly name: string | null;
  /** Whether a mail server without TLS gets mail; by default not if a password would be sent. */
  readonly tls: 'required' | 'opportunistic';
}

export interface HttpSettings {
  readonly host: string;
  readonly port: number;
  /** PEM; null: plain HTTP, for loopback or a proxy in front. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** An admin's token from the environment; null for none. */
  readonly adminToken: string | null;
  /** Metrics need no token, even if tokens exist. */
  readonly openMetrics: boolean;
  /** Whose series the metrics show: those of all domains, or of domains with something wrong. */
  readonly metricsDetail: 'all' | 'problems';
  /** CIDR blocks of the proxies in front: what they say about the client's address is believed. */
  readonly proxies: readonly string[];
  /** The path under which a proxy serves pinwatch, without a trailing slash; '' for the root. */
  readonly basePath: string;
  /** Probes that one account may request per minute; it may add ten times as many domains. */
  readonly probesPerMinute: number;
  /** Changes that one account, and each admin, may make through the API per minute. */
  readonly changesPerMinute: number;
  /** The most that may be open at a time. */
  readonly connections: number;
}

/** How accounts' signed configurations are signed, stored and spread. */
export interface PublishSettings {
  /** Absolute path of the folder that holds each account's signing key as ACCOUNT.pem; null for none. */
  readonly keyDir: string | null;
  /** The program that signs instead and its arguments, with `{account}` for the account; null for none. */
  readonly signer: readonly string[] | null;
  /** Gets the file c/CHANNEL of each account; null: a folder below `stateDir`. */
  readonly directory: string | null;
  /** The command that runs after such a file was written, as its words; null: none. */
  readonly afterWrite: readonly string[] | null;
  /** Where apps find /c/CHANNEL, without a trailing slash. */
  readonly urls: readonly string[];
  /** What hosts of the mode `roots` are checked against. */
  readonly roots: readonly Pin[];
  readonly renewEveryMs: number;
  /** How often each URL is looked at. */
  readonly watchEveryMs: number;
  /** From its date until apps call it stale. */
  readonly validForMs: number;
  /** How long an earlier version counts as held by apps. */
  readonly fieldForMs: number;
}
