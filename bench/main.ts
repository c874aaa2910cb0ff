/**
 * `npm run bench`: alternates between the whole pipeline and a bare `tls.connect` loop on the same server in one run,
 * so that other load on the machine affects both. Prints one table and writes one JSON file.
 *
 *   npm run bench -- [--node PROGRAM]… [--scenario NAME]… [--domains 1000] [--rounds 7] [--scale 100000] [--out FILE]
 *
 * `--peers` compares with other programs instead, and draws docs/cost-per-endpoint.svg:
 *
 *   npm run bench -- --peers [--node PROGRAM]… [--scenario NAME]… [--domains 1000] [--rounds 7] [--out FILE] [--plot FILE]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { comparePeers } from './peers/compare.ts';
import { renderPeers } from './peers/table.ts';
import { plotCostPerEndpoint } from './plot/cost-per-endpoint.ts';
import type { RunOptions, RunResult } from './run.ts';
import { scenarios } from './scenarios.ts';
import { renderTables } from './table.ts';

const { values } = parseArgs({
  options: {
    /** Another Node to measure in the same run; repeatable. Default: the one that runs this. */
    node: { type: 'string', multiple: true },
    scenario: { type: 'string', multiple: true },
    domains: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '7' },
    /** 0 skips the planning and the scrape. */
    scale: { type: 'string', default: '100000' },
    peers: { type: 'boolean', default: false },
    /** Default: var/bench/result.json, or var/bench/peers.json with --peers. */
    out: { type: 'string' },
    plot: { type: 'string', default: 'docs/cost-per-endpoint.svg' },
  },
});

const directory = resolve('var', 'bench');
const names = scenarios.map(({ name }) => name);
const chosen = values.scenario ?? (values.peers ? ['ecdsa', 'rsa', 'both', 'refused'] : names);
for (const name of chosen) {
  if (name !== 'none' && !names.includes(name)) {
    throw new Error(`--scenario: expected ${names.join(', ')} or none, found ${JSON.stringify(name)}`);
  }
}
const options: RunOptions = {
  directory,
  scenarios: chosen,
  domains: count('domains', 1),
  rounds: count('rounds', 1),
  scale: count('scale', 0),
};

function count(name: 'domains' | 'rounds' | 'scale', least: number): number {
  const number = Number(values[name]);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new Error(
    `--${name}: expected a whole number from ${least} on, found ${JSON.stringify(values[name])}`,
  );
}

async function run(node: string): Promise<RunResult> {
  // The service logs to standard output as usual; it goes to a file, as under a supervisor.
  const log = await open(join(directory, 'service.log'), 'w');
  const child = spawn(node, [join(import.meta.dirname, 'run.js'), JSON.stringify(options)], {
    stdio: ['ignore', log.fd, 'inherit', 'ipc'],
  });
  await log.close();
  let result: RunResult | undefined;
  child.on('message', (message) => {
    result = message as RunResult;
  });
  const [status] = (await once(child, 'exit')) as [number | null];
  if (result === undefined || status !== 0) throw new Error(`the run on ${node} ended with status ${status}`);
  return result;
}

async function measureAlone(): Promise<void> {
  const runs: RunResult[] = [];
  for (const node of nodes) runs.push(await run(node));
  const machine = { cores: cpus().length, cpu: cpus()[0]?.model ?? 'unknown' };
  const date = new Date().toISOString().slice(0, 10);
  await finish(renderTables(runs), { date, machine, runs }, 'var/bench/result.json');
}

async function measureBesidePeers(): Promise<void> {
  const result = await comparePeers({
    ...{ nodes, domains: options.domains, rounds: options.rounds, directory },
    scenarios: scenarios.filter(({ name }) => chosen.includes(name)),
  });
  await finish(renderPeers(result), result, 'var/bench/peers.json');
  await writeFile(values.plot, plotCostPerEndpoint(result));
  console.log(`${values.plot} shows them`);
}

async function finish(table: string, result: object, defaultFile: string): Promise<void> {
  const file = resolve(values.out ?? defaultFile);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
  console.log(`\n${table}\n${relative(process.cwd(), file)} has all the numbers`);
}

const nodes = values.node ?? [process.execPath];
await mkdir(directory, { recursive: true });
await (values.peers ? measureBesidePeers() : measureAlone());
