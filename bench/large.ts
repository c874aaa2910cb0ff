/**
 * `npm run bench:large`: a service with very many domains in its file, as a separate process. Measures its first start, a
 * second one without changes, and a scrape, plain and compressed. Prints a table and writes one JSON file.
 *
 *   npm run bench:large -- [--domains 100000] [--accounts 10] [--form jsonl|yaml] [--node PROGRAM] [--out FILE]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { accountKeys } from '../src/adapters/redis/keys.ts';
import { statusText } from '../src/adapters/redis/status-text.ts';
import type { LoopReport } from './report-loop.ts';
import { statusAfterProbe } from './scale.ts';
import { type BenchStore, startStore } from './store.ts';

const { values } = parseArgs({
  options: {
    domains: { type: 'string', default: '100000' },
    accounts: { type: 'string', default: '10' },
    form: { type: 'string', default: 'jsonl' },
    node: { type: 'string', default: process.execPath },
    out: { type: 'string', default: 'var/bench/large.json' },
  },
});
const perAccount = Math.ceil(Number(values.domains) / Number(values.accounts));
const accounts = Array.from({ length: Number(values.accounts) }, (_, at) => `account-${at}`);
const hostsOf = (account: string) =>
  Array.from({ length: perAccount }, (_, at) => `api-${at}.${account}.example`);
const directory = resolve('var', 'bench', 'large');

async function writeConfiguration(url: string): Promise<string> {
  const pin = (text: string) => `sha256/${createHash('sha256').update(text).digest('base64')}`;
  let text = `stateDir: state\nredis: { url: '${url}' }\nhttp: { listen: 127.0.0.1:0 }\naccounts:\n`;
  for (const account of accounts) {
    text += `  ${account}:\n    contacts: [devops@${account}.example]\n`;
    const domains = hostsOf(account).map((host) => ({ host, pins: [pin(host), pin(`${host} backup`)] }));
    if (values.form === 'jsonl') {
      text += `    domainsFile: ${account}.jsonl\n`;
      await writeFile(
        join(directory, `${account}.jsonl`),
        domains.map((domain) => `${JSON.stringify(domain)}\n`).join(''),
      );
    } else {
      text += `    domains:\n${domains.map(({ host, pins }) => `      - host: ${host}\n        pins: [${pins.join(', ')}]\n`).join('')}`;
    }
  }
  const file = join(directory, 'pinwatch.yaml');
  await writeFile(file, text);
  return file;
}

interface Row {
  readonly what: string;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly longestTurnMs: number | null;
  readonly peakRssMb: number;
  readonly bytes?: number;
}

interface Running {
  readonly url: string;
  readonly started: Row;
  report(): Promise<LoopReport>;
  stop(): Promise<void>;
}

/** It schedules, provisions and serves. It does not probe, so that nothing else is measured. */
async function start(what: string, configuration: string): Promise<Running> {
  const startedAt = performance.now();
  const reporter = join(import.meta.dirname, 'report-loop.js');
  const main = join(import.meta.dirname, '..', 'src', 'main.js');
  const child = spawn(
    values.node,
    ['--import', reporter, main, 'server', '--config', configuration, '--json'],
    { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] },
  );
  let url = '';
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const entry = JSON.parse(line) as { event: string; address?: string };
    url = entry.address ?? url;
    if (entry.event === 'working') break;
  }
  child.stdout?.resume();
  const wallMs = performance.now() - startedAt;
  const report = () => reportOf(child);
  return {
    url,
    started: rowOf(what, wallMs, await report()),
    report,
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function reportOf(child: ChildProcess): Promise<LoopReport> {
  const answer = once(child, 'message');
  child.send('report');
  const [report] = (await answer) as [LoopReport];
  return report;
}

function rowOf(what: string, wallMs: number, report: LoopReport, bytes?: number): Row {
  const { cpuMs, longestTurnMs, peakRssBytes } = report;
  return { what, wallMs, cpuMs, longestTurnMs, peakRssMb: peakRssBytes / 1e6, ...(bytes ? { bytes } : {}) };
}

async function scrape(service: Running, encoding: string): Promise<Row> {
  await service.report();
  const startedAt = performance.now();
  const request = get(`${service.url}/metrics`, { headers: { 'accept-encoding': encoding } });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`the scrape was answered with ${response.statusCode}`);
  let bytes = 0;
  for await (const chunk of response) bytes += (chunk as Buffer).length;
  return rowOf(`scrape, ${encoding}`, performance.now() - startedAt, await service.report(), bytes);
}

/** The status after a probe: a domain that was never probed has shorter lines. */
async function probeAll({ link: { redis } }: BenchStore): Promise<void> {
  const status = statusText(statusAfterProbe());
  for (const account of accounts) {
    const hosts = hostsOf(account);
    for (let at = 0; at < hosts.length; at += 1_000) {
      await redis.hset(
        accountKeys(account).statuses,
        ...hosts.slice(at, at + 1_000).flatMap((host) => [host, status]),
      );
    }
  }
}

await rm(directory, { recursive: true, force: true });
await mkdir(directory, { recursive: true });
const store = await startStore(join(directory, 'redis'));
const rows: Row[] = [];
try {
  const configuration = await writeConfiguration(store.url);
  const first = await start('first start', configuration);
  rows.push(first.started);
  await first.stop();
  await probeAll(store);
  const second = await start('start, nothing changed', configuration);
  rows.push(second.started);
  for (const encoding of ['identity', 'gzip', 'identity', 'gzip']) rows.push(await scrape(second, encoding));
  await second.stop();
} finally {
  await store.close();
}

const out = resolve(values.out);
await mkdir(dirname(out), { recursive: true });
await writeFile(out, `${JSON.stringify({ ...values, rows }, null, 2)}\n`);
console.table(
  rows.map(({ what, wallMs, cpuMs, longestTurnMs, peakRssMb, bytes = 0 }) => ({
    what,
    ms: Math.round(wallMs),
    'CPU ms': Math.round(cpuMs),
    'longest turn, CPU ms': longestTurnMs === null ? '–' : Math.round(longestTurnMs),
    'peak RSS MB': Math.round(peakRssMb),
    'MB sent': Math.round(bytes / 1e5) / 10,
  })),
);
