/**
 * `npm run bench:tenants`: what a hostile tenant can do to another one. The service watches one tenant's domains, first
 * alone, then while an editor of another account does the worst that it may: the largest roots, settings and requests that
 * are taken, on servers that never answer or send the longest chains, with 1,500 streams of events open, and with
 * thousands of wrong tokens. Prints one table and writes one JSON file.
 *
 *   npm run bench:tenants -- [--seconds 60] [--out FILE]
 */
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { cpus } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { startChild } from '../lab/child.ts';
import type { HostileServer } from './hostile-server.ts';
import type { BenchServer } from './server.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    out: { type: 'string', default: 'var/bench/tenants.json' },
  },
});
const seconds = Number(values.seconds);
const directory = resolve('var', 'bench', 'tenants');
const intervalMs = 10_000;
const watched = 20;
const admin = 'of-the-benchmark-for-its-tenants';
const streams = 1_500;

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
  // Every probe tells of itself.
  log: { level: 'debug' },
  accounts: { victim: { contacts: ['victim@example.com'], domains } },
};
await writeFile(join(directory, 'pinwatch.yaml'), JSON.stringify(config));
process.env.PINWATCH_ADMIN_TOKEN = admin;
const args = [
  ...(process.env.PROF ? ['--cpu-prof', '--cpu-prof-dir', directory] : []),
  join(import.meta.dirname, '..', 'src', 'main.js'),
  'run',
  '--config',
  join(directory, 'pinwatch.yaml'),
  '--json',
];
const { child: service, match } = await startChild(
  process.execPath,
  args,
  /"event":"listening","address":"([^"]+)"/,
);
const url = new URL(match[1] ?? '');

/** When each of the victim's probes was recorded. */
const probes: { readonly domain: string; readonly at: number }[] = [];
const stdout = service.process.stdout;
if (stdout !== null) {
  createInterface({ input: stdout }).on('line', (line) => {
    const { event, account, domain } = JSON.parse(line) as {
      event: string;
      account?: string;
      domain?: string;
    };
    if (event === 'probed' && account === 'victim')
      probes.push({ domain: domain ?? '', at: performance.now() });
  });
}

const agent = new Agent({ keepAlive: true, maxSockets: 10_000 });
/** The victim's own connections. */
const own = new Agent({ keepAlive: true });

async function send(
  method: string,
  path: string,
  token: string | null,
  body?: unknown,
  by = agent,
): Promise<IncomingMessage> {
  const content = body === undefined ? undefined : JSON.stringify(body);
  const sent = request({
    ...{ host: url.hostname, port: url.port, method, path, agent: by },
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(content === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
    },
  });
  sent.end(content);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

const counted = new Map<string, number>();
async function ask(method: string, path: string, token: string | null, body?: unknown): Promise<string> {
  const response = await send(method, path, token, body);
  const what = `${response.statusCode} ${method} ${path.replace(/\/domains\/.*?(\/|$)/, '/domains/:domain$1').replace(/\?.*/, '')}`;
  counted.set(what, (counted.get(what) ?? 0) + 1);
  return text(response);
}

async function editorOf(name: string): Promise<string> {
  await ask('POST', '/v1/accounts', admin, { name, contacts: ['a@example.com'] });
  const made = await ask('POST', '/v1/tokens', admin, { name, role: 'account-editor', account: name });
  return (JSON.parse(made) as { token: string }).token;
}

interface Measured {
  readonly apiP99: number;
  readonly apiMost: number;
  readonly healthP99: number;
  readonly healthMost: number;
  /** The most that a probe of the victim was early or late, of the interval. */
  readonly offMost: number;
  readonly probes: number;
}

/** What the victim meets for so long: its API and the health check, asked by turns all the time. */
async function measure(forMs: number, token: string): Promise<Measured> {
  const from = performance.now();
  const first = probes.length;
  const api: number[] = [];
  const health: number[] = [];
  const timed = async (times: number[], path: string, as: string | null) => {
    const startedAt = performance.now();
    await text(await send('GET', path, as, undefined, own));
    times.push(performance.now() - startedAt);
    if (process.env.SLOW && performance.now() - startedAt > 150)
      console.log('slow', path, (startedAt - from).toFixed(0), (performance.now() - startedAt).toFixed(0));
  };
  while (performance.now() - from < forMs) {
    await timed(api, '/v1/accounts/victim/domains?limit=10', token);
    await timed(health, '/healthz', null);
    await new Promise((done) => setTimeout(done, 20));
  }
  const mine = probes.slice(first);
  const gaps = mine.flatMap(({ domain, at }, index) => {
    const next = mine.slice(index + 1).find((probe) => probe.domain === domain);
    return next === undefined ? [] : [Math.abs(next.at - at - intervalMs) / intervalMs];
  });
  return {
    ...{ apiP99: at(api, 0.99), apiMost: at(api, 1), healthP99: at(health, 0.99), healthMost: at(health, 1) },
    ...{ offMost: at(gaps, 1), probes: mine.length },
  };
}

function at(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Everything at once, for as long as it goes on. */
function attack(token: string, others: readonly string[]): { stop(): Promise<void> } {
  let goesOn = true;
  let count = 0;
  const added: string[] = [];
  const path = '/v1/accounts/hostile/domains';
  const some = <T>(list: readonly T[], from: number, many: number) =>
    Array.from({ length: many }, (_, index) => list[(from + index) % list.length] as T);
  const ca = () => {
    count += 1;
    return some(hostile.roots, count, 20).join('');
  };
  const host = (index: number) => `h${index}.hostile.example:${hostile.ports[index % hostile.ports.length]}`;
  const pin = (index: number) => `sha256/${Buffer.alloc(32, index % 250).toString('base64')}`;
  const long = 'n'.repeat(1_000);
  const loop = async (parallel: number, work: (index: number) => Promise<unknown>) => {
    await Promise.all(
      Array.from({ length: parallel }, async (_, lane) => {
        for (let index = lane; goesOn; index += parallel) await work(index).catch(() => {});
      }),
    );
  };
  const running = [
    loop(30, (index) => ask('PATCH', `${path}/${some(added, index, 1)[0]}`, token, { ca: ca() })),
    loop(20, (index) =>
      ask('POST', path, token, {
        host: host(index),
        pins: [pin(index)],
        connect: ['127.0.0.1'],
        ca: ca(),
      }).then((answer) => answer.startsWith('{"name"') && added.push(host(index))),
    ),
    loop(10, (index) =>
      ask('PUT', `${path}/${some(added, index, 1)[0]}/pins`, token, {
        pins: some(
          Array.from({ length: 250 }, (_, at) => pin(at)),
          index,
          100,
        ),
        note: long,
        force: true,
      }),
    ),
    loop(10, () => ask('GET', `${path}?limit=1000`, token)),
    loop(5, () => ask('GET', '/v1/accounts/hostile/incidents', token)),
    loop(5, () => ask('GET', '/v1/accounts/hostile/audit?limit=1000', token)),
    loop(5, () => ask('POST', '/v1/accounts/hostile/probes', token, {})),
    loop(3, () => ask('GET', '/metrics', token)),
    loop(5, () => ask('POST', path, token, { host: 'x', pins: Array(50_000).fill('x') })),
    loop(20, (index) => ask('GET', '/v1/me', `guess-${index}`)),
  ];
  const open: Promise<unknown>[] = [];
  const responses: IncomingMessage[] = [];
  for (let index = 0; index < streams; index += 1) {
    const name = `other-${index % others.length}`;
    const ids = Array.from({ length: 100 }, (_, at) => `p${String(index * 100 + at).padStart(12, '0')}`).join(
      ',',
    );
    const stream = send(
      'GET',
      `/v1/accounts/${name}/probes/events?ids=${ids}`,
      others[index % others.length] ?? '',
    );
    open.push(
      stream.then(
        (response) => {
          const what = `${response.statusCode} GET events`;
          counted.set(what, (counted.get(what) ?? 0) + 1);
          responses.push(response.resume());
        },
        () => {},
      ),
    );
  }
  return {
    async stop() {
      goesOn = false;
      for (const response of responses) response.destroy();
      agent.destroy();
      await Promise.allSettled([...running, ...open]);
    },
  };
}

// Until it works, the API lets nobody in.
while ((await send('GET', '/readyz', null)).resume().statusCode !== 200)
  await new Promise((done) => setTimeout(done, 50));
const victim = await (async () => {
  const made = await ask('POST', '/v1/tokens', admin, {
    name: 'victim',
    role: 'account-viewer',
    account: 'victim',
  });
  return (JSON.parse(made) as { token: string }).token;
})();
const token = await editorOf('hostile');
const others: string[] = [];
for (let index = 0; index < 15; index += 1) others.push(await editorOf(`other-${index}`));
// The first probes of all come at once, and the second ones at their moment.
while (probes.length < 2 * watched) await new Promise((done) => setTimeout(done, 200));

const idle = await measure(3 * intervalMs, victim);
const attacking = attack(token, others);
const attacked = await measure(seconds * 1_000, victim);
await attacking.stop();
await Promise.all([service.stop(), good.child.stop(), bad.child.stop()]);

const row = (name: string, of: Measured) =>
  [
    name.padEnd(12),
    ...[of.apiP99, of.apiMost, of.healthP99, of.healthMost].map((ms) => ms.toFixed(0).padStart(10)),
    `${(of.offMost * 100).toFixed(1)} %`.padStart(12),
    String(of.probes).padStart(8),
  ].join('');
const titles = ['API p99', 'API most', 'health p99', 'health most']
  .map((title) => title.padStart(10))
  .join('');
console.log(
  `\n${' '.repeat(12)}${titles}${'off most'.padStart(12)}${'probes'.padStart(8)}   (ms, of the interval)`,
);
console.log(row('idle', idle));
console.log(row('attacked', attacked));
console.log(`\nwhat the attackers were answered:`);
for (const [what, times] of [...counted].sort(([, a], [, b]) => b - a))
  console.log(`${String(times).padStart(8)}  ${what}`);
const file = resolve(values.out);
const machine = { cores: cpus().length, cpu: cpus()[0]?.model ?? 'unknown', node: process.version };
await writeFile(
  file,
  `${JSON.stringify({ machine, idle, attacked, answers: Object.fromEntries(counted) }, null, 2)}\n`,
);
console.log(`\n${relative(process.cwd(), file)} has every number`);
