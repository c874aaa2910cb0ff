/** One run on the current Node, started by main.ts; sends its result to the parent as one message. */
import { join } from 'node:path';
import { startChild } from '../lab/child.ts';
import type { ImportedSet, ProvisionedImport } from '../src/core/imported-set.ts';
import type { Pin } from '../src/core/pin.ts';
import { bareLoop } from './bare.ts';
import { defaultConfig, startPipeline } from './pipeline.ts';
import { measureScale, type ScaleResult } from './scale.ts';
import { type BareAttempts, defaultAttempts, probeAttempts, type Scenario, scenarios } from './scenarios.ts';
import type { BenchServer } from './server.ts';
import { startStore } from './store.ts';
import { measure, median, type Usage } from './usage.ts';

export interface RunOptions {
  readonly directory: string;
  /** Names of scenarios. */
  readonly scenarios: readonly string[];
  /** Domains per round. */
  readonly domains: number;
  readonly rounds: number;
  /** 0: not measured. */
  readonly scale: number;
}

export interface Round {
  readonly bare: Usage;
  readonly bareSameHello: Usage;
  readonly pipeline: Usage;
}

export interface ScenarioResult {
  readonly name: string;
  readonly title: string;
  readonly domains: number;
  readonly endpointsPerDomain: number;
  readonly connectionsPerDomain: number;
  /** From the start of the service until every domain was probed for the first time. */
  readonly cold: Usage;
  readonly rounds: readonly Round[];
  /** Medians of the rounds' CPU ratios. */
  readonly ratio: number;
  readonly ratioSameHello: number;
  readonly redisBytesPerDomain: number;
}

export interface RunResult {
  readonly node: string;
  readonly openssl: string;
  readonly concurrency: number;
  readonly scenarios: readonly ScenarioResult[];
  readonly scale: ScaleResult | null;
}

/**
 * Rounds that are measured and discarded: V8 compiles hot code during the first thousands of probes, and a service runs
 * for weeks.
 */
const warmUpRounds = 3;

/** The number of accounts that the scaled domains are spread over. */
const scaleAccounts = 20;

async function runScenario(
  scenario: Scenario,
  { domains: count, rounds: wanted, directory }: RunOptions,
): Promise<ScenarioResult> {
  const script = join(import.meta.dirname, 'server.js');
  const { child, match } = await startChild(process.execPath, [script, ...scenario.served], /^ready (.*)$/);
  const { port, roots, pins } = JSON.parse(match[1] ?? '') as BenchServer;
  const store = await startStore(join(directory, 'redis'));
  const hosts = Array.from({ length: count }, (_, index) => `api-${index}.bench.example`);
  const domains = hosts.map((host) => ({
    ...{ host, port, ca: roots, connect: ['127.0.0.1'], keyTypes: scenario.probed },
    pins: [...pins, backup],
    provisionedBy: 'bench.yaml',
  }));
  const served = scenario.attempts.map(([keyType]) => scenario.served.includes(keyType));
  const { concurrency } = defaultConfig().probe;
  const loop = (attempts: BareAttempts) => () => bareLoop(port, hosts, attempts, served, concurrency);
  const bare = loop(defaultAttempts(scenario, roots));
  const bareSameHello = loop(probeAttempts(scenario));

  const emptyBytes = await store.usedBytes();
  let pipeline: Awaited<ReturnType<typeof startPipeline>> | undefined;
  const cold = await measure(store.pid, async () => {
    pipeline = await startPipeline(store, domains, pinSetsOf(scenario.pinSets ?? 0, pins));
  });
  if (!pipeline) throw new Error('unreachable: the pipeline was just started');
  const { round, verify, close } = pipeline;
  const rounds: Round[] = [];
  for (let number = -warmUpRounds; number < wanted; number += 1) {
    const measured = {
      bare: await measure(store.pid, bare),
      pipeline: await measure(store.pid, round),
      bareSameHello: await measure(store.pid, bareSameHello),
    };
    await verify();
    if (number >= 0) rounds.push(measured);
  }
  const usedBytes = await store.usedBytes();
  await close();
  await store.close();
  await child.stop();
  return {
    name: scenario.name,
    title: scenario.title,
    domains: count,
    endpointsPerDomain: scenario.probed.length,
    connectionsPerDomain: scenario.attempts.length,
    cold,
    rounds,
    ratio: median(rounds.map(({ bare, pipeline }) => pipeline.cpuMs / bare.cpuMs)),
    ratioSameHello: median(rounds.map(({ bareSameHello, pipeline }) => pipeline.cpuMs / bareSameHello.cpuMs)),
    redisBytesPerDomain: Math.round((usedBytes - emptyBytes) / count),
  };
}

/** As many versions of an app, each with the keys in use and a backup of its own. */
function pinSetsOf(count: number, pins: readonly Pin[]): ProvisionedImport[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `android-${index}`;
    const own: Pin = `sha256/${String(index).padStart(43, 'B')}=`;
    const set: ImportedSet = {
      ...{ name, of: name, source: 'imported', format: 'okhttp', appVersion: `android ${index}`, note: '' },
      ...{ by: 'bench.yaml', at: '2026-11-27T08:00:00Z', textHash: index, options: {}, warnings: [] },
      ...{ resolution: 'union', trust: 'platform', provisionedBy: 'bench.yaml' },
      rules: [
        {
          pattern: { kind: 'any-depth', name: 'bench.example' },
          allOf: [{ at: 'path', anyOf: [...pins, own] }],
          enforce: true,
        },
      ],
    };
    return { of: name, text: name, sets: [set] };
  });
}

/** A pin that matches no key. */
const backup: Pin = `sha256/${'A'.repeat(43)}=`;

const options = JSON.parse(process.argv[2] ?? '') as RunOptions;
const results: ScenarioResult[] = [];
for (const scenario of scenarios.filter(({ name }) => options.scenarios.includes(name))) {
  console.error(`node ${process.version}: ${scenario.title}`);
  results.push(await runScenario(scenario, options));
}
let scale: ScaleResult | null = null;
if (options.scale > 0) {
  console.error(`node ${process.version}: ${options.scale} domains`);
  scale = await measureScale(join(options.directory, 'redis-scale'), options.scale, scaleAccounts);
}
const result: RunResult = {
  node: process.version,
  openssl: process.versions.openssl,
  concurrency: defaultConfig().probe.concurrency,
  scenarios: results,
  scale,
};
process.send?.(result);
process.disconnect?.();
