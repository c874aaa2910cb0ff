/**
 * A hostile tenant, in its own process: it requests at once everything that an account's editor may, and all that
 * a client without a token can. On SIGTERM it prints one line, `answers` and JSON of the answers it got, and ends.
 *
 *   node dist/bench/hostile-editor.js FILE     JSON: a HostileEditor
 */
import { readFileSync } from 'node:fs';
import { createApiClient } from './api-client.ts';

export interface HostileEditor {
  readonly url: string;
  readonly token: string;
  /** Editors of other accounts, each of which follows probes. */
  readonly others: readonly { readonly account: string; readonly token: string }[];
  readonly streams: number;
  readonly ports: readonly number[];
  readonly roots: readonly string[];
}

const { url, token, others, streams, ports, roots } = JSON.parse(
  readFileSync(process.argv[2] ?? '', 'utf8'),
) as HostileEditor;
const client = createApiClient(new URL(url));
const { ask } = client;
const path = '/v1/accounts/hostile/domains';
const added: string[] = [];
let goesOn = true;
let made = 0;

const pin = (index: number) => `sha256/${Buffer.alloc(32, index % 250).toString('base64')}`;
const host = (index: number) => `h${index}.hostile.example:${ports[index % ports.length]}`;
/** A domain that was added. */
const some = (index: number) => added[index % Math.max(1, added.length)] ?? host(0);
/** As large as allowed, and never the same twice. */
function ca(): string {
  made += 1;
  return Array.from({ length: 20 }, (_, at) => roots[(made * 7 + at) % roots.length]).join('');
}

async function loop(parallel: number, work: (index: number) => Promise<unknown>): Promise<void> {
  await Promise.all(
    Array.from({ length: parallel }, async (_, lane) => {
      for (let index = lane; goesOn; index += parallel) await work(index).catch(() => {});
    }),
  );
}

async function add(index: number): Promise<void> {
  const name = host(index);
  const body = { host: name, pins: [pin(index)], connect: ['127.0.0.1'], ca: ca() };
  const answer = await ask('POST', path, token, body);
  if (answer.startsWith('{"name"')) added.push(name);
}

function replacePins(index: number): Promise<string> {
  const pins = Array.from({ length: 100 }, (_, at) => pin(index * 3 + at));
  const body = { pins: [...new Set(pins)], note: 'n'.repeat(1_000), force: true };
  return ask('PUT', `${path}/${some(index)}/pins`, token, body);
}

/** The id of a hanging probe; it is requested again before it ends. */
const hanging = new Map<string, string>();

async function keepHanging({ account, token: own }: HostileEditor['others'][number]): Promise<void> {
  const silent = { host: `held.hostile.example:${ports[0]}`, pins: [pin(1)], connect: ['127.0.0.1'] };
  await ask('POST', `/v1/accounts/${account}/domains`, own, silent);
  while (goesOn) {
    const answer = JSON.parse(await ask('POST', `/v1/accounts/${account}/probes`, own, {}));
    const id = answer.probes?.[0]?.id as string | undefined;
    if (id !== undefined) hanging.set(account, id);
    await new Promise((done) => setTimeout(done, 2_000));
  }
}

/** Opens one stream after another until stopped. */
async function follow(index: number): Promise<void> {
  const { account = '', token: own = '' } = others[index % others.length] ?? {};
  while (goesOn) {
    const id = hanging.get(account);
    if (id !== undefined) {
      const events = `/v1/accounts/${account}/probes/events`;
      const response = await client.send('GET', `${events}?ids=${id}`, own);
      client.count(response, 'GET', events);
      await new Promise((done) => response.resume().once('close', done));
    }
    await new Promise((done) => setTimeout(done, 200));
  }
}

const quietly = (work: Promise<unknown>) => work.catch(() => {});
const running = [
  loop(30, (index) => ask('PATCH', `${path}/${some(index)}`, token, { ca: ca() })),
  loop(20, add),
  loop(10, replacePins),
  loop(10, () => ask('GET', `${path}?limit=1000`, token)),
  loop(5, () => ask('GET', '/v1/accounts/hostile/incidents', token)),
  loop(5, () => ask('GET', '/v1/accounts/hostile/audit?limit=1000', token)),
  loop(5, () => ask('POST', '/v1/accounts/hostile/probes', token, {})),
  loop(3, () => ask('GET', '/metrics', token)),
  loop(5, () => ask('POST', path, token, { host: 'x', pins: Array(50_000).fill('x') })),
  loop(20, (index) => ask('GET', '/v1/me', `guess-${index}`)),
  ...others.map((other) => quietly(keepHanging(other))),
  ...Array.from({ length: streams }, (_, index) => quietly(follow(index))),
];
console.log('ready');
process.on('SIGTERM', () => {
  goesOn = false;
  console.log(`answers ${JSON.stringify(client.counts())}`);
  client.close();
  void Promise.allSettled(running).then(() => process.exit(0));
});
