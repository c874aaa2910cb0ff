/**
 * `npm run bench:tenants`: what a hostile tenant can do to another. The service watches one tenant's domains, first
 * alone, then while an editor of another account does its worst: the largest roots, settings and requests allowed,
 * servers that never answer or send the longest chains, 1,500 open event streams, and thousands of wrong tokens. Each
 * part runs in its own process. Prints one table and writes one JSON file.
 *
 *   npm run bench:tenants -- [--seconds 60] [--out FILE]
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { startChild } from '../lab/child.ts';
import { createApiClient } from './api-client.ts';
import type { HostileEditor } from './hostile-editor.ts';
import type { HostileServer } from './hostile-server.ts';
import type { BenchServer } from './server.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    out: { type: 'string', default: 'var/bench/tenants.json' },
  },
});
const attackMs = Number(values.seconds) * 1_000;
const directory = resolve('var', 'bench', 'tenants');
const intervalMs = 10_000;
const watched = 20;
const admin = 'of-the-benchmark-for-its-tenants';

const program = (name: string) => join(import.meta.dirname, name);
const [good, bad] = await Promise.all([
  startChild(process.execPath, [program('server.js'), 'ecdsa'], /^ready (.*)$/),
  startChild(process.execPath, [program('hostile-server.js')], /^ready (.*)$/),
]);
const { port, roots, pins } = JSON.parse(good.match[1] ?? '') as BenchServer;
const hostile = JSON.parse(bad.match[1] ?? '') as HostileServer;

await rm(directory, { recursive: true, force: true });
await mkdir(directory, { recursive: true });
await writeFile(join(directory, 'roots.pem'), roots);
const domains = Array.from({ length: watched }, (_, index) => ({
  host: `api-${index}.bench.example:${port}`,
  ...{ pins, connect: ['127.0.0.1'], caFile: 'roots.pem', keyTypes: ['ecdsa'] },
}));
const config = {
  interval: `${intervalMs}ms`,
  stateDir: 'state',
  http: { listen: '127.0.0.1:0' },
  network: { allow: ['127.0.0.0/8'] },
  // Every probe is logged.
  log: { level: 'debug' },
  accounts: { victim: { contacts: ['victim@example.com'], domains } },
};
const file = join(directory, 'pinwatch.yaml');
await writeFile(file, JSON.stringify(config));
process.env.PINWATCH_ADMIN_TOKEN = admin;
const { child: service, match } = await startChild(
  process.execPath,
  [join(import.meta.dirname, '..', 'src', 'main.js'), 'run', '--config', file, '--json'],
  /"event":"listening","address":"([^"]+)"/,
);
const url = match[1] ?? '';
const { send, ask } = createApiClient(new URL(url));

interface LogLine {
  readonly event: string;
  readonly time: string;
  readonly account?: string;
  readonly domain?: string;
}

/** When each of the victim's probes was recorded, by the service's own clock. */
const probes: { readonly domain: string; readonly at: number }[] = [];
const stdout = service.process.stdout;
if (stdout !== null) {
  createInterface({ input: stdout }).on('line', (line) => {
    const { event, time, account, domain = '' } = JSON.parse(line) as LogLine;
    if (event === 'probed' && account === 'victim') probes.push({ domain, at: Date.parse(time) });
  });
}

async function tokenOf(role: string, account: string): Promise<string> {
  const made = await ask('POST', '/v1/tokens', admin, { name: account, role, account });
  return (JSON.parse(made) as { token: string }).token;
}

async function editorOf(account: string): Promise<{ account: string; token: string }> {
  await ask('POST', '/v1/accounts', admin, { name: account, contacts: ['a@example.com'] });
  return { account, token: await tokenOf('account-editor', account) };
}

interface Times {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

interface Measured {
  /** Milliseconds. */
  readonly api: Times;
  readonly health: Times;
  /** How early or late a probe was, as a share of the interval. */
  readonly off: Times;
  readonly probes: number;
}

/** What the victim sees during this time: its API and the health check, requested alternately. */
async function measure(forMs: number, token: string): Promise<Measured> {
  const from = performance.now();
  const first = probes.length;
  const api: number[] = [];
  const health: number[] = [];
  const timed = async (times: number[], path: string, as: string | null) => {
    const startedAt = performance.now();
    await text(await send('GET', path, as));
    times.push(performance.now() - startedAt);
  };
  while (performance.now() - from < forMs) {
    await timed(api, '/v1/accounts/victim/domains?limit=10', token);
    await timed(health, '/healthz', null);
    await new Promise((done) => setTimeout(done, 20));
  }
  const mine = probes.slice(first);
  const off = mine.flatMap(({ domain, at }, index) => {
    const next = mine.slice(index + 1).find((probe) => probe.domain === domain);
    return next === undefined ? [] : [Math.abs(next.at - at - intervalMs) / intervalMs];
  });
  return { api: timesOf(api), health: timesOf(health), off: timesOf(off), probes: mine.length };
}

function timesOf(times: readonly number[]): Times {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), most: at(1) };
}

// The API refuses everything until the service is ready.
while ((await send('GET', '/readyz', null)).resume().statusCode !== 200)
  await new Promise((done) => setTimeout(done, 50));
const victim = await tokenOf('account-viewer', 'victim');
const { token } = await editorOf('hostile');
const others: HostileEditor['others'][number][] = [];
for (let index = 0; index < 15; index += 1) others.push(await editorOf(`other-${index}`));
// The first probes run at once, the second ones on schedule.
while (probes.length < 2 * watched) await new Promise((done) => setTimeout(done, 200));

const idle = await measure(3 * intervalMs, victim);
const editor: HostileEditor = { url, token, others, streams: 1_500, ...hostile };
await writeFile(join(directory, 'editor.json'), JSON.stringify(editor));
const { child: attacker } = await startChild(
  process.execPath,
  [program('hostile-editor.js'), join(directory, 'editor.json')],
  /^ready$/,
);
const attacked = await measure(attackMs, victim);
const answered = attacker.line(/^answers (.*)$/);
const stopped = attacker.stop();
const answers = JSON.parse((await answered)[1] ?? '') as [string, number][];
await Promise.all([stopped, service.stop(), good.child.stop(), bad.child.stop()]);

const row = (name: string, { api, health, off, probes: made }: Measured) =>
  [
    name.padEnd(10),
    ...[api.p50, api.p99, api.most, health.p50, health.p99, health.most].map((ms) =>
      ms.toFixed(0).padStart(8),
    ),
    ...[off.p50, off.p99, off.most].map((share) => `${(share * 100).toFixed(1)} %`.padStart(9)),
    String(made).padStart(8),
  ].join('');
const heads = (name: string, width: number) =>
  ['p50', 'p99', 'most'].map((one) => `${name} ${one}`.padStart(width)).join('');
console.log(`\n${' '.repeat(10)}${heads('API', 8)}${heads('hlth', 8)}${heads('off', 9)}  probes`);
console.log(row('idle', idle));
console.log(row('attacked', attacked));
console.log('\nAPI and /healthz in ms; off: how early or late a probe was, as a share of the interval.');
console.log('Answers to the attackers:');
for (const [what, times] of answers) console.log(`${String(times).padStart(8)}  ${what}`);
const out = resolve(values.out);
const machine = { cores: cpus().length, cpu: cpus()[0]?.model ?? 'unknown', node: process.version };
await writeFile(out, `${JSON.stringify({ machine, idle, attacked, answers }, null, 2)}\n`);
console.log(`\n${relative(process.cwd(), out)} has all the numbers`);
