/** Faults of pinwatch's own processes. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fleet } from '../fleet.ts';
import type { Pinwatch } from '../pinwatch.ts';
import type { SingleStore } from '../store.ts';
import type { FaultContext, FaultKind, Lane, Running } from './fault.ts';
import { hasValue, isDown, scraped } from './scrape.ts';

/** The jobs of a killed worker are taken over within this time; docs/operating.md promises it. */
const takeoverMs = 30_000;
const lockMs = 15_000;

export function processOf({ server, workers }: Fleet, lane: Lane): Pinwatch {
  const found = lane === 'server' ? server : workers.find(({ name }) => name === lane);
  if (found === undefined) throw new Error(`no process for ${lane}`);
  return found;
}

async function killed({ fleet, lane, signal }: FaultContext): Promise<Running> {
  const process = processOf(fleet, lane);
  await process.stop('SIGKILL');
  return { seen: scraped(process, isDown, signal), end: () => process.start(signal) };
}

async function frozen({ fleet, lane, signal }: FaultContext): Promise<Running> {
  const process = processOf(fleet, lane);
  process.signal('SIGSTOP');
  return { seen: scraped(process, isDown, signal), end: async () => process.signal('SIGCONT') };
}

/** Longer than the locks of its jobs last: when it goes on, others have them. */
async function frozenLong(context: FaultContext): Promise<Running> {
  const { seen, end } = await frozen(context);
  const expired = delay(lockMs, undefined, { signal: context.signal });
  return { seen: Promise.all([seen, expired]), end };
}

/** As an operator does it; it has to end in good order. */
async function restarted({ fleet, lane, signal }: FaultContext): Promise<Running> {
  const process = processOf(fleet, lane);
  const seen = fleet.lines.next(
    (one) => one.process === process.name && one.line.event === 'stopped',
    signal,
  );
  const status = process.stop('SIGTERM').then((ended) => {
    if (ended !== 0) throw new Error(`${process.name} ended with status ${ended}, expected 0`);
  });
  return {
    seen: Promise.all([seen, status]),
    async end() {
      await status.catch(() => {});
      await process.start(signal);
    },
  };
}

/** A rolling upgrade, in its middle: one worker is of the version before. */
async function older(context: FaultContext): Promise<Running> {
  const { fleet, lane, signal } = context;
  const process = processOf(fleet, lane);
  const { previous } = fleet;
  if ('reason' in previous) throw new Error(previous.reason);
  const { seen, end } = await restarted(context);
  const probed = async () => {
    await seen;
    await process.start(signal, previous.program);
    await fleet.lines.next((one) => one.process === process.name && one.line.event === 'probed', signal);
  };
  return {
    seen: probed(),
    async end() {
      const status = await process.stop('SIGTERM');
      if (status !== 0) throw new Error(`${process.name} ended with status ${status}, expected 0`);
      await end();
    },
  };
}

/** What the server writes for itself has no space, and what it remembered is gone, as with a new volume. */
async function withoutSpace({ fleet, lane, signal }: FaultContext): Promise<Running> {
  const process = processOf(fleet, lane);
  const { directory, disk } = fleet.state;
  if ('unavailable' in disk) throw new Error(disk.unavailable);
  const memory = join(directory, 'store.json');
  const restart = async () => {
    const status = await process.stop('SIGTERM');
    if (status !== 0) throw new Error(`${process.name} ended with status ${status}, expected 0`);
  };
  await restart();
  await rm(memory, { force: true });
  await disk.fill();
  const seen = fleet.lines.next(ofProcess(process, 'store_not_remembered'), signal);
  seen.catch(() => {});
  // It works all the same.
  await process.start(signal);
  return {
    seen,
    async end() {
      await disk.free();
      await restart();
      await process.start(signal);
      await remembered(memory, signal);
    },
  };
}

/** Resolves when the file is there and complete. Only a look can tell. */
async function remembered(file: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text !== '') return void JSON.parse(text);
    await delay(againMs, undefined, { signal });
  }
}

const againMs = 100;
const clockSteps = ['+5m', '-5m', '+4m', '-4m'];

/** One machine's clock is wrong by minutes for a while: two steps and a skew in between. */
async function skewed({ fleet, lane, draw, signal }: FaultContext): Promise<Running> {
  const process = processOf(fleet, lane);
  const clock = fleet.clocks.get(process.name);
  if (clock === undefined) throw new Error(`${process.name} has no clock of its own`);
  const stepped = () =>
    fleet.lines.next((one) => one.process === process.name && one.line.event === 'clock_stepped', signal);
  const differs = fleet.lines.next(
    (one) => one.process === process.name && one.line.event === 'clock_differs',
    signal,
  );
  const first = stepped();
  await clock.set(draw.one(clockSteps) ?? '+5m');
  const isShown = hasValue('clock_skew_seconds', (seconds) => Math.abs(seconds) >= 60);
  return {
    seen: Promise.all([first, differs, scraped(process, isShown, signal)]),
    async end() {
      const second = stepped();
      await clock.set('+0');
      await second;
    },
  };
}

/** Packets on connections that are open get lost, in both directions, or on new ones, too. */
async function halfOpen({ fleet, lane, signal }: FaultContext, which: 'open' | 'all'): Promise<Running> {
  const process = processOf(fleet, lane);
  const link = (fleet.store as SingleStore).links.get(process.name);
  if (link === undefined) throw new Error(`${process.name} has no way of its own`);
  const away = ofProcess(process, 'redis_away');
  const seen = fleet.lines.next(away, signal);
  const back = fleet.lines.next(ofProcess(process, 'redis_ready'), signal);
  back.catch(() => {});
  link.swallow(which);
  return {
    seen,
    async end() {
      link.heal();
      await back;
    },
  };
}

const ofProcess =
  (process: Pinwatch, event: string) => (one: { process: string; line: { event?: string } }) =>
    one.process === process.name && one.line.event === event;

const withoutClock = ({ clocks }: Fleet) => (clocks.size === 0 ? 'faketime: not found on PATH' : null);
const withoutDisk = ({ state: { disk } }: Fleet) => ('unavailable' in disk ? disk.unavailable : null);
const withoutPrevious = ({ previous }: Fleet) => ('reason' in previous ? previous.reason : null);
const worker = {
  lanes: 'worker',
  holds: { all: false, takeover: { forMs: takeoverMs, afterMs: 0 } },
} as const;
const server = { lanes: 'server' } as const;

export const processFaults: readonly FaultKind[] = [
  { ...worker, name: 'worker killed', weight: 3, begin: killed },
  { ...worker, name: 'worker frozen', weight: 3, begin: frozen },
  { ...worker, name: 'worker restarted', weight: 2, begin: restarted },
  {
    ...{ ...worker, name: 'worker of the version before', weight: 2 },
    ...{ unavailable: withoutPrevious, begin: older },
  },
  { ...worker, name: 'worker frozen until its jobs are taken over', weight: 1, begin: frozenLong },
  {
    ...{ lanes: 'worker', name: 'clock of a worker set and set back', weight: 3 },
    ...{ unavailable: withoutClock, begin: skewed },
  },
  {
    ...{ ...worker, name: 'connections to Redis half-open', weight: 3, store: 'single' },
    begin: (context) => halfOpen(context, 'open'),
  },
  {
    ...{ ...worker, name: 'way to Redis is a black hole', weight: 2, store: 'single' },
    begin: (context) => halfOpen(context, 'all'),
  },
  { ...server, name: 'pinwatch server killed', weight: 3, begin: killed },
  { ...server, name: 'pinwatch server frozen', weight: 2, begin: frozen },
  { ...server, name: 'pinwatch server restarted', weight: 2, begin: restarted },
  {
    ...{ ...server, name: 'disk of the pinwatch server full', weight: 1 },
    ...{ unavailable: withoutDisk, begin: withoutSpace },
  },
];
