/** Faults of Redis. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { clusterIs, currentMaster, follows, masters } from '../failover.ts';
import type { Fleet } from '../fleet.ts';
import type { SingleStore } from '../store.ts';
import type { FaultContext, FaultKind, Running } from './fault.ts';

const program = new URL('../../../bin/pinwatch.js', import.meta.url).pathname;
const run = promisify(execFile);

function single({ store }: Fleet): SingleStore {
  if (store.kind !== 'single') throw new Error('expected a single Redis');
  return store;
}

/** Resolves when the first worker has logged this; other processes may be down themselves. */
function logged({ fleet, signal }: FaultContext, event: string): Promise<unknown> {
  const [first] = fleet.workers;
  return fleet.lines.next((seen) => seen.process === first?.name && seen.line.event === event, signal);
}

/** The error that Redis answers with is in the reason of some event at level error. */
const answered = ({ fleet, signal }: FaultContext, error: string) =>
  fleet.lines.next(
    ({ line }) =>
      line.level === 'error' && [line.reason, line.msg].some((text) => String(text).includes(error)),
    signal,
  );

async function stopped(context: FaultContext, how: 'SIGTERM' | 'SIGKILL'): Promise<Running> {
  const { server } = single(context.fleet);
  const seen = logged(context, 'redis_away');
  const back = logged(context, 'redis_ready');
  back.catch(() => {});
  await server.stop(how);
  return {
    seen,
    async end() {
      await server.start();
      await back;
    },
  };
}

async function frozen(context: FaultContext): Promise<Running> {
  const { server } = single(context.fleet);
  const seen = logged(context, 'redis_away');
  const back = logged(context, 'redis_ready');
  back.catch(() => {});
  server.freeze();
  return {
    seen,
    async end() {
      server.thaw();
      await back;
    },
  };
}

/** Everything is gone, and an operator says that this is known. */
async function emptied(context: FaultContext): Promise<Running> {
  const { fleet, signal } = context;
  const store = single(fleet);
  const away = logged(context, 'redis_away');
  await store.server.stop('SIGKILL');
  await away;
  // Nothing more can be logged or told of what was stored.
  fleet.reference.storeLost('all');
  await store.empty();
  const closed = fleet.lines.next(({ line }) => line.event === 'store_closed', signal);
  await store.server.start();
  return {
    seen: closed,
    async end() {
      const args = [program, 'store', 'adopt', '--config', fleet.configOf(fleet.server), '--json'];
      await run(process.execPath, args);
    },
  };
}

async function full(context: FaultContext): Promise<Running> {
  const client = single(context.fleet).client();
  const seen = answered(context, 'OOM');
  // Less than an empty one uses.
  await client.config('SET', 'maxmemory', '100kb');
  return {
    seen,
    async end() {
      await client.config('SET', 'maxmemory', '0');
      client.disconnect();
    },
  };
}

async function withoutSpace(context: FaultContext): Promise<Running> {
  const { disk } = single(context.fleet);
  if ('unavailable' in disk) throw new Error(disk.unavailable);
  const seen = answered(context, 'MISCONF');
  await disk.fill();
  return { seen, end: () => disk.free() };
}

const withoutDisk = ({ store }: Fleet) =>
  store.kind === 'single' && 'unavailable' in store.disk ? store.disk.unavailable : null;

const lane = { lanes: 'store', holds: { all: true, takeover: { forMs: 0, afterMs: 0 } } } as const;
/**
 * What a worker could not finish, because Redis refused to write that, is taken over like the jobs of a killed worker. Neither
 * locks nor checks for stalled jobs can be written before, so all of that time may be after the end: a lock, and two checks.
 */
const refusing = { holds: { all: true, takeover: { forMs: 0, afterMs: 45_000 } } } as const;
const ofSingle = { ...lane, store: 'single' } as const;

export const storeFaults: readonly FaultKind[] = [
  { ...ofSingle, name: 'Redis killed', weight: 3, begin: (context) => stopped(context, 'SIGKILL') },
  { ...ofSingle, name: 'Redis restarted', weight: 2, begin: (context) => stopped(context, 'SIGTERM') },
  { ...ofSingle, name: 'Redis frozen', weight: 3, begin: frozen },
  { ...ofSingle, name: 'Redis comes back empty', weight: 2, begin: emptied },
  { ...ofSingle, ...refusing, name: 'Redis full', weight: 2, begin: full },
  {
    ...ofSingle,
    ...refusing,
    name: 'disk of Redis full',
    weight: 2,
    unavailable: withoutDisk,
    begin: withoutSpace,
  },
  {
    ...{ ...lane, name: 'sentinel failover', weight: 3 },
    store: 'sentinel',
    begin: failedOver,
  },
  {
    ...{ ...lane, name: 'cluster failover', weight: 3 },
    store: 'cluster',
    begin: clusterFailedOver,
  },
  {
    ...{ ...lane, name: 'cluster node frozen', weight: 3 },
    store: 'cluster',
    begin: nodeFrozen,
  },
  {
    ...{ ...lane, name: 'cluster without a majority', weight: 2 },
    store: 'cluster',
    begin: withoutMajority,
  },
];

/** The master dies, and the replica takes its place; then the dead one comes back as its replica. */
async function failedOver(context: FaultContext): Promise<Running> {
  const { fleet } = context;
  if (fleet.store.kind !== 'sentinel') throw new Error('expected sentinels');
  const { sentinels } = fleet.store;
  const master = await currentMaster(sentinels);
  const seen = logged(context, 'redis_away');
  const back = logged(context, 'redis_ready');
  back.catch(() => {});
  const switched = sentinels.switched();
  await master.stop('SIGKILL');
  return {
    seen,
    async end() {
      await switched;
      await back;
      // Replication is asynchronous: what was written last may be on the dead one alone.
      fleet.reference.storeLost('perhaps a moment');
      await master.start();
      await follows(master, context.signal);
    },
  };
}

/** As a sentinel failover, by the other masters. */
async function clusterFailedOver(context: FaultContext): Promise<Running> {
  const { fleet, draw, signal } = context;
  if (fleet.store.kind !== 'cluster') throw new Error('expected a cluster');
  const { cluster } = fleet.store;
  const before = await masters(cluster);
  const node = draw.one(before);
  if (node === undefined) throw new Error('no node is a master');
  const seen = logged(context, 'redis_away');
  const back = logged(context, 'redis_ready');
  back.catch(() => {});
  await node.stop('SIGKILL');
  return {
    seen,
    async end() {
      await back;
      fleet.reference.storeLost('perhaps a moment');
      await node.start();
      await follows(node, signal);
    },
  };
}

async function nodeFrozen(context: FaultContext): Promise<Running> {
  const { fleet, draw } = context;
  if (fleet.store.kind !== 'cluster') throw new Error('expected a cluster');
  const node = draw.one(await masters(fleet.store.cluster));
  const seen = logged(context, 'redis_away');
  const back = logged(context, 'redis_ready');
  back.catch(() => {});
  node?.freeze();
  return {
    seen,
    async end() {
      node?.thaw();
      await back;
    },
  };
}

/** All masters but one hang: it can't be a majority, so that no replica takes a place, and it refuses everything. */
async function withoutMajority(context: FaultContext): Promise<Running> {
  const { fleet, draw, signal } = context;
  if (fleet.store.kind !== 'cluster') throw new Error('expected a cluster');
  const { cluster } = fleet.store;
  const before = await masters(cluster);
  const hanging = draw.some(before, before.length - 1);
  const left = before.filter((node) => !hanging.includes(node));
  const seen = logged(context, 'redis_away');
  const back = logged(context, 'redis_ready');
  back.catch(() => {});
  for (const node of hanging) node.freeze();
  return {
    seen: Promise.all([seen, clusterIs('fail', left, signal)]),
    async end() {
      // As soon as there is a majority again, it may give their places to replicas.
      fleet.reference.storeLost('perhaps a moment');
      for (const node of hanging) node.thaw();
      await clusterIs('ok', cluster.nodes, signal);
      await back;
    },
  };
}
