/** A real Redis Cluster of three masters on loopback, each with a third of the slots, and with replicas if asked for. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { type Child, freePort, startChild } from '../../lab/child.ts';
import { redisProgram } from './redis.ts';

export interface ClusterNode {
  readonly url: string;
  readonly port: number;
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Restarts it on the same ports, with its slots; resolves when it has joined the others. */
  start(): Promise<void>;
  /** A hang: open connections get no answer until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** A connection with all rights, which the caller closes. */
  client(): Redis;
}

export interface RedisCluster {
  /** Of the first node; the others are found through it. */
  readonly url: string;
  readonly nodes: readonly ClusterNode[];
  close(): Promise<void>;
}

const host = '127.0.0.1';
const slots = 16_384;

/** With `replicas` each master has one, which takes its place when it dies; `nodes` then has six. */
export async function startRedisCluster(password?: string, replicas = false): Promise<RedisCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'pinwatch-cluster-'));
  const nodes: (ClusterNode & {
    readonly bus: number;
    joined(): Promise<unknown>;
    synced(): Promise<unknown>;
  })[] = [];
  const close = async () => {
    await Promise.all(nodes.map((node) => node.stop('SIGKILL')));
    await rm(directory, { recursive: true });
  };
  try {
    for (let index = 0; index < 3; index += 1) nodes.push(await startNode(directory, index, password));
    const joined = nodes.map((node) => node.joined());
    const [first] = nodes;
    for (const [index, node] of nodes.entries()) {
      const [start, end] = [index, index + 1].map((third) => Math.ceil((third * slots) / nodes.length));
      await say(node.port, password, `CLUSTER SET-CONFIG-EPOCH ${index + 1}`);
      await say(node.port, password, `CLUSTER ADDSLOTSRANGE ${start} ${(end ?? 0) - 1}`);
      if (first && index > 0)
        await say(node.port, password, `CLUSTER MEET ${host} ${first.port} ${first.bus}`);
    }
    await Promise.all(joined);
    if (replicas) {
      for (const [index, master] of [...nodes].entries()) {
        const replica = await startNode(directory, index + nodes.length, password);
        nodes.push(replica);
        const knowsAll = replica.joined();
        await say(replica.port, password, `CLUSTER MEET ${host} ${master.port} ${master.bus}`);
        await knowsAll;
        const synced = replica.synced();
        await say(replica.port, password, `CLUSTER REPLICATE ${await idOf(master)}`);
        await synced;
      }
    }
    return { url: nodes[0]?.url ?? '', nodes, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startNode(directory: string, index: number, password: string | undefined) {
  const [port, bus] = [await freePort(host), await freePort(host)];
  const args = [
    ...['--bind', host, '--port', String(port), '--dir', directory, '--save', '', '--appendonly', 'no'],
    ...['--cluster-enabled', 'yes', '--cluster-port', String(bus)],
    ...['--cluster-config-file', `nodes-${index}.conf`, '--cluster-node-timeout', '2000'],
    ...(password === undefined ? [] : ['--requirepass', password]),
  ];
  const command = redisProgram();
  let child: Child;
  const launch = async () => {
    ({ child } = await startChild(command, args, /Ready to accept connections/));
  };
  // A node waits 2 s before it accepts writes; its log says when.
  const joined = () => child.line(/Cluster state changed: ok/);
  const synced = () => child.line(/MASTER <-> REPLICA sync: Finished with success/);
  await launch();
  return {
    ...{ port, bus, joined, synced },
    url: `redis://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}${host}:${port}`,
    stop: (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => child.stop(signal),
    async start() {
      await launch();
      await joined();
    },
    freeze: () => void child.process.kill('SIGSTOP'),
    thaw: () => void child.process.kill('SIGCONT'),
    client() {
      const redis = new Redis({ host, port, ...(password === undefined ? {} : { password }) });
      redis.on('error', () => {});
      return redis;
    },
  };
}

/** The name that the node has in its cluster. */
async function idOf(node: ClusterNode): Promise<string> {
  const client = node.client();
  try {
    return String(await client.cluster('MYID'));
  } finally {
    client.disconnect();
  }
}

/** One command in order, as a line; rejects on any other answer than OK. */
async function say(port: number, password: string | undefined, command: string): Promise<void> {
  const socket = connect({ host, port });
  try {
    for (const line of [...(password === undefined ? [] : [`AUTH ${password}`]), command]) {
      socket.write(`${line}\r\n`);
      const [answer] = await once(createInterface({ input: socket }), 'line');
      if (answer !== '+OK') throw new Error(`${line.split(' ')[0]}: ${answer}`);
    }
  } finally {
    socket.destroy();
  }
}
