import type { ConnectionOptions } from 'node:tls';

/** Where Redis is, and how to log in: a URL, or sentinels that say which server is the master. */
export interface RedisAddress {
  /** redis://, rediss:// or unix://; null with sentinels. */
  readonly url: string | null;
  /** The URL names a node of a Redis Cluster. */
  readonly cluster?: boolean;
  readonly sentinel?: SentinelAddress | null;
  readonly tls?: ClientTls | null;
}

export interface SentinelAddress {
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  /** The master's name, as the sentinels have it. */
  readonly name: string;
  readonly user: string | null;
  readonly password: string | null;
  readonly database: number;
  readonly sentinelUser: string | null;
  readonly sentinelPassword: string | null;
  /** null: in the clear. */
  readonly sentinelTls: ClientTls | null;
}

/** PEM texts; null: what Node.js does by default. */
export interface ClientTls {
  readonly ca: string | null;
  readonly client: { readonly cert: string; readonly key: string } | null;
  /** The name that the certificate must be for. */
  readonly serverName: string | null;
}

export function tlsOptions({ ca, client, serverName }: ClientTls): ConnectionOptions {
  return {
    ...(ca === null ? {} : { ca }),
    ...(client === null ? {} : { cert: client.cert, key: client.key }),
    ...(serverName === null ? {} : { servername: serverName }),
  };
}

const usualTls: ClientTls = { ca: null, client: null, serverName: null };

/** How the connection to Redis is secured; null: in the clear. */
export function tlsOf({ url, tls = null }: RedisAddress): ClientTls | null {
  return tls ?? (url !== null && new URL(url).protocol === 'rediss:' ? usualTls : null);
}

/** A URL as options for ioredis. */
export function readAddress(at: RedisAddress) {
  const parsed = new URL(at.url ?? '');
  const tls = tlsOf(at);
  if (parsed.protocol === 'unix:')
    return { node: { path: decodeURIComponent(parsed.pathname) }, session: {} };
  const db = parsed.pathname.slice(1);
  return {
    node: {
      host: parsed.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1',
      port: Number(parsed.port || 6379),
    },
    session: {
      ...(parsed.username ? { username: decodeURIComponent(parsed.username) } : {}),
      ...(parsed.password ? { password: decodeURIComponent(parsed.password) } : {}),
      ...(db ? { db: Number(db) } : {}),
      ...(tls === null ? {} : { tls: tlsOptions(tls) }),
    },
  };
}
