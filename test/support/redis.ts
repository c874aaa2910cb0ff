/** A real redis-server for one test file, on a free port, without persistence unless requested. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, findTool, freePort, startChild, tool } from '../../lab/child.ts';
import { type ServerTls, tlsArguments } from './redis-tls.ts';

export interface RedisOptions {
  /** Default: no append-only file, so a restart loses everything. */
  readonly appendonly?: boolean;
  /** Default `noeviction`. */
  readonly maxmemoryPolicy?: string;
  /** Where data goes. Default: a temporary directory, removed by close(). */
  readonly dir?: string;
  /** A cluster of this one node, which holds all slots: keys of one command must share a hash tag. */
  readonly cluster?: boolean;
  /** It speaks TLS only, and demands client certificates. */
  readonly tls?: ServerTls;
  /** Further arguments of redis-server. */
  readonly args?: readonly string[];
}

export interface RedisServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** An outage: ends the server cleanly (SIGTERM), or like a crash (SIGKILL). */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Ends an outage: the same port, directory and options. */
  start(): Promise<void>;
  /** A hang: connections stay open and can be made, but get no answer until `thaw`. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

/** `PINWATCH_TEST_REDIS` names another program that is to be tested, such as valkey-server. */
export function redisProgram(): string {
  const named = process.env.PINWATCH_TEST_REDIS;
  return named ? tool(named) : (findTool('redis-server') ?? tool('valkey-server'));
}

export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const host = '127.0.0.1';
  const port = await freePort(host);
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'pinwatch-redis-')));
  const command = redisProgram();
  const args = [
    ...['--bind', host, '--dir', dir, '--save', ''],
    ...(options.tls === undefined
      ? ['--port', String(port)]
      : ['--port', '0', ...tlsArguments(options.tls, port).flatMap(([name, value]) => [`--${name}`, value])]),
    ...['--appendonly', options.appendonly ? 'yes' : 'no'],
    ...['--maxmemory-policy', options.maxmemoryPolicy ?? 'noeviction'],
    ...(options.cluster
      ? // A node learns its address from the others, and this one has none to tell clients.
        [
          '--cluster-enabled',
          'yes',
          '--cluster-port',
          String(await freePort(host)),
          '--cluster-announce-ip',
          host,
        ]
      : []),
    ...(options.args ?? []),
  ];
  let child: Child | undefined;

  const start = async () => {
    ({ child } = await startChild(command, args, /Ready to accept connections/));
    if (options.cluster) await takeAllSlots(child, host, port);
  };
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => {
    await child?.stop(signal);
    child = undefined;
  };
  const freeze = () => void child?.process.kill('SIGSTOP');
  const thaw = () => void child?.process.kill('SIGCONT');
  const close = async () => {
    thaw();
    await stop();
    if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
  };

  try {
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  const scheme = options.tls === undefined ? 'redis' : 'rediss';
  return { host, port, url: `${scheme}://${host}:${port}`, start, stop, freeze, thaw, close };
}

/** Makes the lone node a whole cluster. After a restart it knows its slots, and logs that. */
async function takeAllSlots(child: Child, host: string, port: number): Promise<void> {
  // A node that has just started waits 2 s before it accepts writes; its log says when.
  const writable = child.line(/Cluster state changed: ok/);
  const socket = connect({ host, port });
  try {
    socket.write('CLUSTER ADDSLOTSRANGE 0 16383\r\n');
    const reply = String((await once(socket, 'data'))[0]);
    if (!reply.startsWith('+OK') && !reply.includes('already busy'))
      throw new Error(`redis-server: ${reply}`);
    await writable;
  } finally {
    socket.destroy();
  }
}
