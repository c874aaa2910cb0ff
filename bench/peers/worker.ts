/**
 * A measured process on some Node: pinwatch's whole service, or the bare loop. Started by node-peer.ts.
 *
 * Reads commands from standard input, one a line: `round` answers `done`, then `verify` answers `verified`.
 */
import { createInterface } from 'node:readline';
import type { Pin } from '../../src/core/pin.ts';
import { bareLoop } from '../bare.ts';
import { startPipeline } from '../pipeline.ts';
import { defaultAttempts, scenarios } from '../scenarios.ts';
import type { BenchServer } from '../server.ts';
import { startStore } from '../store.ts';

export interface WorkerTask {
  readonly program: 'pinwatch' | 'bare';
  /** The name of the scenario. */
  readonly scenario: string;
  readonly server: BenchServer;
  readonly domains: number;
  readonly concurrency: number;
  /** For Redis. */
  readonly directory: string;
}

interface Measured {
  /** Of Redis; null if there is none. */
  readonly storePid: number | null;
  round(): Promise<void>;
  verify(): Promise<void>;
  close(): Promise<void>;
}

const task = JSON.parse(process.argv[2] ?? '') as WorkerTask;
const scenario = scenarios.find(({ name }) => name === task.scenario);
if (scenario === undefined) throw new Error(`expected a scenario, found ${JSON.stringify(task.scenario)}`);
const { server, concurrency } = task;
const hosts = Array.from({ length: task.domains }, (_, index) => `api-${index}.bench.example`);
/** A pin that matches no key. */
const backup: Pin = `sha256/${'A'.repeat(43)}=`;

async function startService(keyTypes: (typeof scenarios)[number]['probed']): Promise<Measured> {
  const store = await startStore(task.directory);
  const domains = hosts.map((host) => ({
    ...{ host, port: server.port, ca: server.roots, connect: ['127.0.0.1'], keyTypes },
    pins: [...server.pins, backup],
    provisionedBy: 'bench.yaml',
  }));
  const { round, verify, close } = await startPipeline(store, domains);
  return {
    ...{ storePid: store.pid, round, verify },
    async close() {
      await close();
      await store.close();
    },
  };
}

function startBareLoop({ attempts, served }: (typeof scenarios)[number]): Measured {
  const made = defaultAttempts(scenario as (typeof scenarios)[number], server.roots);
  const isServed = attempts.map(([keyType]) => served.includes(keyType));
  return {
    storePid: null,
    round: () => bareLoop(server.port, hosts, made, isServed, concurrency),
    // The loop checks each handshake itself.
    verify: async () => {},
    close: async () => {},
  };
}

const measured = task.program === 'bare' ? startBareLoop(scenario) : await startService(scenario.probed);
console.log(`ready ${measured.storePid}`);
for await (const command of createInterface({ input: process.stdin })) {
  if (command === 'round') {
    await measured.round();
    console.log('done');
  } else {
    await measured.verify();
    console.log('verified');
  }
}
await measured.close();
