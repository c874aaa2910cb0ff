/**
 * Simulated apps behind nginx as a CDN: each polls every 180 s ± 20 %, in real time, as the clients in verify/ do. After
 * two minutes something is published; measured are the times until each of them has it, and what reaches pinwatch.
 */
import { rm } from 'node:fs/promises';
import { Agent, get, type IncomingMessage } from 'node:http';
import { join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { createChannelKeys } from '../../lab/channel-keys.ts';
import { startProxy } from '../../lab/nginx-proxy.ts';
import { readBundleHead } from '../../src/flow/publish/read-bundle.ts';
import { type BenchService, startService } from './service.ts';

export interface AppsResult {
  /** From the answer of the publication until an app has it. */
  readonly spread: { readonly p50Ms: number; readonly p99Ms: number; readonly mostMs: number };
  /** Of the apps. */
  readonly requests: number;
  /** Those that reached pinwatch. */
  readonly origin: number;
  readonly minutes: number;
}

const pollMs = 180_000;
const beforeMs = 120_000;

export async function measureApps(count: number, domains: number): Promise<AppsResult> {
  const directory = resolve('var', 'bench', 'apps');
  await rm(directory, { recursive: true, force: true });
  const keys = createChannelKeys();
  keys.install(join(directory, 'keys'), 'bench');
  const hosts = Array.from({ length: domains }, (_, index) => `api-${index}.bench.example`);
  const service = await startService(directory, hosts);
  const nginx = await startProxy(`
    location /c/ {
      proxy_pass http://127.0.0.1:${service.url.port};
      proxy_cache cache;
      proxy_cache_lock on;
      proxy_cache_revalidate on;
      proxy_cache_use_stale error timeout updating http_502 http_503;
    }`);
  try {
    await ready(service);
    const send = async (method: string, path: string, body: object) =>
      JSON.parse(await service.ask(method, `/v1/accounts/bench/config${path}`, service.token, body));
    await send('PUT', '/keys', { statement: await keys.statement(), roots: keys.roots });
    const publish = async () => {
      const { candidate } = await send('POST', '/checks', {});
      const note = 'bench';
      await send('POST', '/versions', { candidate, note, force: true });
    };
    await publish();
    const before = await downloads(service);
    const apps = createApps(`http://127.0.0.1:${nginx.port}/c/${keys.channel}`, count);
    const startedAt = performance.now();
    await pause(beforeMs);
    await publish();
    const publishedAt = performance.now();
    const times = await apps.allHave(2, publishedAt);
    const minutes = (performance.now() - startedAt) / 60_000;
    const requests = await apps.stop();
    const origin = (await downloads(service)) - before;
    const at = (share: number) =>
      times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
    return { spread: { p50Ms: at(0.5), p99Ms: at(0.99), mostMs: at(1) }, requests, origin, minutes };
  } finally {
    await nginx.close();
    await service.close();
    await rm(directory, { recursive: true, force: true });
  }
}

function createApps(url: string, count: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 100 });
  const versions = new Array<number>(count).fill(0);
  const gotAt = new Map<number, number>();
  const timers = new Set<NodeJS.Timeout>();
  let requests = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let finished = () => {};
  let failed = (_: Error) => {};

  async function poll(app: number, etag: string): Promise<string> {
    requests += 1;
    const headers = { 'accept-encoding': 'identity', ...(etag !== '' && { 'if-none-match': etag }) };
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      get(url, { agent, headers }, resolve).on('error', reject);
    });
    const body = await buffer(answer);
    if (answer.statusCode === 304) return etag;
    const head = readBundleHead(body.toString('latin1'));
    if (answer.statusCode !== 200 || !head.ok) throw new Error(`an app was answered ${answer.statusCode}`);
    versions[app] = head.value.version;
    if (head.value.version >= wanted && !gotAt.has(app)) gotAt.set(app, performance.now());
    if (gotAt.size === count) finished();
    return answer.headers.etag ?? '';
  }

  function later(app: number, etag: string, inMs: number): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      poll(app, etag).then(
        (next) => later(app, next, pollMs * (0.8 + 0.4 * Math.random())),
        (error: Error) => failed(error),
      );
    }, inMs);
    timers.add(timer);
  }
  for (let app = 0; app < count; app += 1) later(app, '', Math.random() * pollMs);

  return {
    /** Milliseconds from `since`, in ascending order, once all have this version. */
    async allHave(version: number, since: number): Promise<number[]> {
      wanted = version;
      await new Promise<void>((resolve, reject) => {
        finished = resolve;
        failed = reject;
      });
      return [...gotAt.values()].map((at) => at - since).sort((a, b) => a - b);
    },
    async stop(): Promise<number> {
      for (const timer of timers) clearTimeout(timer);
      agent.destroy();
      return requests;
    },
  };
}

async function ready(service: BenchService): Promise<void> {
  while ((await fetch(new URL('/readyz', service.url))).status !== 200) await pause(50);
}

/** All that were asked of pinwatch, whatever the answer. */
async function downloads(service: BenchService): Promise<number> {
  const text = await service.ask('GET', '/metrics', service.token);
  const found = text.matchAll(/^pinwatch_config_downloads_total\{[^}]*\} (\d+)$/gm);
  return [...found].reduce((sum, [, value]) => sum + Number(value), 0);
}
