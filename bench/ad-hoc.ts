/**
 * `npm run bench:ad-hoc`: how long an admin waits for a probe, from the HTTP request to the verdict, compared with a
 * bare `tls.connect` to the same server, both with the service idle and during a sweep over many domains. Each part
 * runs in its own process, as in production. Prints one table and writes one JSON file.
 *
 *   npm run bench:ad-hoc -- [--domains 5000] [--requests 1000] [--interval 60s] [--out FILE]
 */
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { connect } from 'node:tls';
import { parseArgs } from 'node:util';
import { startChild } from '../lab/child.ts';
import type { BenchServer } from './server.ts';

const { values } = parseArgs({
  options: {
    domains: { type: 'string', default: '5000' },
    requests: { type: 'string', default: '1000' },
    interval: { type: 'string', default: '60s' },
    out: { type: 'string', default: 'var/bench/ad-hoc.json' },
  },
});
const count = Number(values.domains);
const requests = Number(values.requests);
const directory = resolve('var', 'bench', 'ad-hoc');

interface Latency {
  readonly p50: number;
  readonly p99: number;
}

function latencyOf(times: readonly number[]): Latency {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

async function oneByOne(work: (index: number) => Promise<void>): Promise<Latency> {
  const times: number[] = [];
  for (let index = 0; index < requests; index += 1) times.push(await timed(() => work(index)));
  // The first requests include compiling and connecting.
  return latencyOf(times.slice(Math.floor(requests / 10)));
}

const { child: server, match } = await startChild(
  process.execPath,
  [join(import.meta.dirname, 'server.js'), 'ecdsa'],
  /^ready (.*)$/,
);
const { port, roots, pins } = JSON.parse(match[1] ?? '') as BenchServer;
const hosts = Array.from({ length: count }, (_, index) => `api-${index}.bench.example`);

async function bare(index: number): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port, servername: hosts[index % count] ?? '', ca: roots });
  await once(socket, 'secureConnect');
  socket.getPeerX509Certificate();
  socket.destroy();
}

/** Starts the service with all domains, and resolves when each was probed once, with its address and how to stop it. */
async function startService(interval: string) {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'roots.pem'), roots);
  const list = hosts.map(
    (host) =>
      `      - { host: "${host}:${port}", pins: [${pins.join(', ')}], connect: [127.0.0.1], caFile: roots.pem, keyTypes: [ecdsa] }`,
  );
  const config = [
    `interval: ${interval}`,
    'stateDir: state',
    'http: { listen: "127.0.0.1:0", probesPerMinute: 100000, changesPerMinute: 100000 }',
    'network: { allow: [127.0.0.0/8] }',
    'accounts:',
    '  bench:',
    '    contacts: [bench@example.com]',
    '    domains:',
    ...list,
    '',
  ];
  await writeFile(join(directory, 'pinwatch.yaml'), config.join('\n'));
  const program = join(import.meta.dirname, '..', 'src', 'main.js');
  const args = [program, 'run', '--config', join(directory, 'pinwatch.yaml'), '--json'];
  const { child, match: listening } = await startChild(
    process.execPath,
    args,
    /"event":"listening","address":"([^"]+)"/,
  );
  const url = listening[1] ?? '';
  const metrics = async () => (await fetch(`${url}/metrics`)).text();
  // Until every domain has been probed once, this would measure a start, not a sweep.
  const isSettled = (text: string) =>
    new RegExp(`^pinwatch_domains ${count}$`, 'm').test(text) &&
    !/^pinwatch_last_probe_timestamp_seconds\{.*\} 0$/m.test(text);
  const isReady = async () => (await fetch(`${url}/readyz`)).ok;
  while (!(await isReady()) || !isSettled(await metrics()))
    await new Promise((done) => setTimeout(done, 1_000));
  const probesDone = async () => {
    const lines = [...(await metrics()).matchAll(/^pinwatch_probes_total\{.*\} (\d+)$/gm)];
    return lines.reduce((sum, [, value]) => sum + Number(value), 0);
  };
  /** Resolves in the middle of a sweep. */
  const sweeps = async () => {
    const enough = (await probesDone()) + count / 10;
    while ((await probesDone()) < enough) await new Promise((done) => setTimeout(done, 1_000));
  };
  return { url, probesDone, sweeps, stop: () => child.stop() };
}

async function adHoc(url: string, index: number): Promise<void> {
  const domain = `${hosts[(index * 37) % count]}:${port}`;
  const response = await fetch(`${url}/v1/accounts/bench/probes?wait=20s`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ domains: [domain] }),
  });
  const answer = (await response.json()) as { probes?: { verdict: string | null }[] };
  if (answer.probes?.[0]?.verdict !== 'match')
    throw new Error(`${domain}: ${response.status} ${JSON.stringify(answer)}`);
}

async function measured(interval: string, isBusy: boolean) {
  const service = await startService(interval);
  if (isBusy) await service.sweeps();
  const before = await service.probesDone();
  const startedAt = performance.now();
  const probe = await oneByOne((index) => adHoc(service.url, index));
  const seconds = (performance.now() - startedAt) / 1000;
  const sweptPerSecond = ((await service.probesDone()) - before - requests) / seconds;
  const connectTimes = await oneByOne(bare);
  await service.stop();
  return { probe, bare: connectTimes, sweptPerSecond: Math.max(0, Math.round(sweptPerSecond)) };
}

const idle = await measured('7d', false);
const busy = await measured(values.interval, true);
await server.stop();

const row = (name: string, { probe, bare: connected, sweptPerSecond }: typeof idle) =>
  [
    name.padEnd(34),
    ...[probe.p50, probe.p99, connected.p50, connected.p99].map((ms) => ms.toFixed(1).padStart(10)),
    String(sweptPerSecond).padStart(12),
  ].join('');
const head = ['ad-hoc p50', 'p99', 'bare p50', 'p99'].map((text) => text.padStart(10)).join('');
const ratio = busy.probe.p99 / idle.probe.p99;
console.log(`\n${`node ${process.version}, ms`.padEnd(34)}${head}${'sweep/s'.padStart(12)}`);
console.log(row('idle', idle));
console.log(row(`sweep of ${count} domains in ${values.interval}`, busy));
console.log(`\np99 of an ad-hoc probe under load: ${ratio.toFixed(2)} × idle (target: at most 2)`);
const file = resolve(values.out);
const machine = { cores: cpus().length, cpu: cpus()[0]?.model ?? 'unknown' };
const result = {
  date: new Date().toISOString().slice(0, 10),
  machine,
  node: process.version,
  domains: count,
  idle,
  busy,
  ratio,
};
await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
console.log(`${relative(process.cwd(), file)} has all the numbers`);
