/** A real master, a replica and three sentinels on loopback, which make the replica the master if the master dies. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type Child, freePort, startChild } from '../../lab/child.ts';
import { redisProgram } from './redis.ts';
import { type ServerTls, tlsArguments } from './redis-tls.ts';

const host = '127.0.0.1';

export interface SentinelOptions {
  /** Of user `default` on master and replica. */
  readonly password?: string;
  /** Of user `default` on the sentinels. */
  readonly sentinelPassword?: string;
  /** Everything speaks TLS only, and demands client certificates. */
  readonly tls?: ServerTls;
}

export interface WatchedServer {
  readonly port: number;
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** On the same port. The sentinels make a former master a replica. */
  start(): Promise<void>;
  /** A hang: open connections get no answer until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** A connection with all rights, which the caller closes. */
  client(): Redis;
}

export interface Sentinels {
  readonly name: string;
  /** As `redis.sentinels` lists them. */
  readonly addresses: readonly string[];
  readonly master: WatchedServer;
  readonly replica: WatchedServer;
  readonly sentinels: readonly WatchedServer[];
  /** Resolves when a sentinel announces that the master was replaced, from now on. */
  switched(): Promise<void>;
  close(): Promise<void>;
}

export async function startSentinels(options: SentinelOptions = {}): Promise<Sentinels> {
  const { password, sentinelPassword, tls } = options;
  const directory = await mkdtemp(join(tmpdir(), 'pinwatch-sentinels-'));
  const name = 'mymaster';
  const started: Server[] = [];
  const close = async () => {
    for (const server of started) server.thaw();
    await Promise.all(started.map((server) => server.stop('SIGKILL')));
    await rm(directory, { recursive: true });
  };
  const start = async (file: string, lines: readonly string[], secret: string | undefined, ready: RegExp) => {
    const server = await startServer(join(directory, file), lines, secret, tls, ready);
    started.push(server);
    return server;
  };
  const secured = password === undefined ? [] : [`requirepass ${password}`, `masterauth ${password}`];
  const store = ['save ""', 'appendonly no', 'maxmemory-policy noeviction', ...secured];
  const up = /Ready to accept connections/;
  try {
    const master = await start('master.conf', store, password, up);
    const replica = await start('replica.conf', [...store, `replicaof ${host} ${master.port}`], password, up);
    const watching = [
      `sentinel monitor ${name} ${host} ${master.port} 2`,
      `sentinel down-after-milliseconds ${name} 2000`,
      `sentinel failover-timeout ${name} 10000`,
      ...(password === undefined ? [] : [`sentinel auth-pass ${name} ${password}`]),
      ...(sentinelPassword === undefined
        ? []
        : [`requirepass ${sentinelPassword}`, `sentinel sentinel-pass ${sentinelPassword}`]),
    ];
    const sentinels = await Promise.all(
      [1, 2, 3].map((index) =>
        start(`sentinel-${index}.conf`, watching, sentinelPassword, /\+monitor master/),
      ),
    );
    await inSync(replica);
    await Promise.all(sentinels.map((sentinel) => knowsAll(sentinel, name)));
    return {
      ...{ name, master, replica, sentinels, close },
      addresses: sentinels.map(({ port }) => `${host}:${port}`),
      switched: async () => {
        await Promise.any(sentinels.map((sentinel) => sentinel.line(/\+switch-master/)));
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Server extends WatchedServer {
  line(pattern: RegExp): Promise<unknown>;
}

/** `file` ends in .conf; a sentinel writes what it learns into it. */
async function startServer(
  file: string,
  lines: readonly string[],
  password: string | undefined,
  tls: ServerTls | undefined,
  ready: RegExp,
): Promise<Server> {
  const port = await freePort(host);
  const dir = await mkdtemp(`${file}.d-`);
  const isSentinel = /sentinel-\d\.conf$/.test(file);
  const listening = tls === undefined ? [`port ${port}`] : ['port 0', ...tlsArguments(tls, port).map(asLine)];
  await writeFile(file, [`bind ${host}`, `dir ${dir}`, ...listening, ...lines, ''].join('\n'));
  let child: Child;
  const start = async () => {
    ({ child } = await startChild(redisProgram(), [file, ...(isSentinel ? ['--sentinel'] : [])], ready));
  };
  await start();
  return {
    port,
    start,
    stop: (signal = 'SIGTERM') => child.stop(signal),
    freeze: () => void child.process.kill('SIGSTOP'),
    thaw: () => void child.process.kill('SIGCONT'),
    line: (pattern) => child.line(pattern),
    client() {
      const options = { host, port, maxRetriesPerRequest: null };
      const redis = new Redis({
        ...options,
        ...(password === undefined ? {} : { password }),
        ...(tls === undefined ? {} : { tls: tls.client }),
      });
      redis.on('error', () => {});
      return redis;
    },
  };
}

const asLine = ([name, value]: readonly [string, string]) => `${name} ${value}`;

/** Only a question can tell; the next one goes out soon after the last was answered. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(50);
}

async function inSync(replica: WatchedServer): Promise<void> {
  const client = replica.client();
  await until(async () => /^master_link_status:up\r?$/m.test(await client.info('replication')));
  client.disconnect();
}

/** Each must know the replica and the two others before it can do anything about a dead master. */
async function knowsAll(sentinel: WatchedServer, name: string): Promise<void> {
  const client = sentinel.client();
  await until(async () => {
    const quorum = await client.call('SENTINEL', 'CKQUORUM', name).catch(String);
    const replicas = (await client.call('SENTINEL', 'REPLICAS', name)) as unknown[];
    return String(quorum).startsWith('OK 3 ') && replicas.length === 1;
  });
  client.disconnect();
}
