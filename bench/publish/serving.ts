/** What a service needs to hold ten thousand channels, and what a download costs it beside nginx with the same files. */

import { webcrypto } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createChannelKeys } from '../../lab/channel-keys.ts';
import { startChild } from '../../lab/child.ts';
import { startProxy } from '../../lab/nginx-proxy.ts';
import { makeBundle } from '../../src/flow/sign/make-bundle.ts';
import type { Configuration } from '../../verify/typescript/src/configuration.ts';
import { cpuMsOf } from '../peers/cpu.ts';
import type { Load } from './load.ts';
import { type BenchService, startService } from './service.ts';

export interface ServingResult {
  readonly memory: {
    readonly textBytes: number;
    readonly startMs: number;
    readonly emptyBytes: number;
    readonly servedBytes: number;
    /** After each was sent compressed. */
    readonly zippedBytes: number;
  };
  readonly requests: readonly { readonly title: string; readonly service: Rate; readonly nginx: Rate }[];
}

interface Rate {
  readonly perSecond: number;
  /** Of the server, for one request. */
  readonly cpuUs: number;
}

const requests = 20_000;
const connections = 16;
const rounds = 3;

export async function measureServing(count: number, domains: number): Promise<ServingResult> {
  const directory = resolve('var', 'bench', 'serving');
  await rm(directory, { recursive: true, force: true });
  const empty = await startService(directory, []);
  const emptyBytes = await settledBytes(empty);
  await empty.close();

  const channels = await writeBundles(join(directory, 'pins', 'c'), count, domains);
  const startedAt = performance.now();
  const service = await startService(directory, []);
  const startMs = performance.now() - startedAt;
  const nginx = await startProxy(`
    root ${join(directory, 'pins')};
    gzip on;
    gzip_types application/vnd.pinwatch.pins;
    default_type application/vnd.pinwatch.pins;
    keepalive_requests 1000000;`);
  try {
    const servedBytes = await settledBytes(service);
    const [first = ''] = channels;
    const rates: ServingResult['requests'][number][] = [];
    for (const { title, headers, status } of await kindsOf(service, nginx.port, first)) {
      const each = { requests, connections, status, path: `/c/${first}` };
      const all: { service: Rate; nginx: Rate }[] = [];
      for (let round = 0; round < rounds; round += 1) {
        all.push({
          service: await rateOf(service.pid, {
            ...each,
            port: Number(service.url.port),
            headers: headers.service,
          }),
          nginx: await rateOf(nginx.workerPid, { ...each, port: nginx.port, headers: headers.nginx }),
        });
      }
      const [median] = all.sort((a, b) => a.service.cpuUs - b.service.cpuUs).slice(rounds >> 1);
      if (median !== undefined) rates.push({ title, ...median });
    }
    for (const channel of channels) {
      const answer = await fetch(new URL(`/c/${channel}`, service.url));
      await answer.arrayBuffer();
    }
    const zippedBytes = await settledBytes(service);
    const textBytes = (await (await fetch(new URL(`/c/${first}`, service.url))).text()).length;
    return { memory: { textBytes, startMs, emptyBytes, servedBytes, zippedBytes }, requests: rates };
  } finally {
    await nginx.close();
    await service.close();
    await rm(directory, { recursive: true, force: true });
  }
}

interface Kind {
  readonly title: string;
  readonly status: number;
  readonly headers: { readonly service: string; readonly nginx: string };
}

/** Each server knows its own ETag only. nginx takes the strong one for a whole text. */
async function kindsOf(service: BenchService, nginxPort: number, channel: string): Promise<Kind[]> {
  const tagOf = async (url: string | URL) => {
    const answer = await fetch(new URL(`/c/${channel}`, url), { headers: { 'accept-encoding': 'identity' } });
    await answer.arrayBuffer();
    return `if-none-match: ${answer.headers.get('etag')}\r\n`;
  };
  const both = (line: string) => ({ service: line, nginx: line });
  return [
    {
      title: 'unchanged (304)',
      status: 304,
      headers: { service: await tagOf(service.url), nginx: await tagOf(`http://127.0.0.1:${nginxPort}`) },
    },
    { title: 'whole', status: 200, headers: both('') },
  ];
}

async function rateOf(pid: number, load: Load): Promise<Rate> {
  const { child } = await startChild(
    process.execPath,
    [join(import.meta.dirname, 'load.js'), JSON.stringify(load)],
    /^ready$/,
  );
  const before = cpuMsOf(pid);
  const finished = child.line(/^done (\S+)$/);
  child.process.stdin?.write('go\n');
  const [, tookMs] = await finished;
  const cpuMs = cpuMsOf(pid) - before;
  return { perSecond: load.requests / (Number(tookMs) / 1_000), cpuUs: (cpuMs * 1_000) / load.requests };
}

async function writeBundles(folder: string, count: number, domains: number): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const channels: string[] = [];
  const now = Math.floor(Date.now() / 1_000);
  const pins = ['A', 'E'].map((letter) => `${letter.repeat(43)}=`);
  const names = Array.from({ length: domains }, (_, index) => `api-${index}.bench.example`);
  for (let index = 0; index < count; index += 1) {
    const keys = createChannelKeys();
    const { channel, signing } = keys;
    const configuration: Configuration = {
      ...{ audience: channel, version: 1, issuedAt: now, expiresAt: now + 1_209_600, refresh: 180 },
      ...{ afterExpiry: 'enforce', default: 'off', roots: [], devices: [] },
      domains: new Map(names.map((host) => [host, { mode: 'pins', pins, sub: false }])),
    };
    const made = await makeBundle(
      await keys.statement(),
      [signing.point],
      configuration,
      signing.signer,
      keys.points,
      webcrypto.subtle,
    );
    await writeFile(join(folder, channel), made.bytes);
    channels.push(channel);
  }
  return channels;
}

/** Once it no longer changes much. */
async function settledBytes(service: BenchService): Promise<number> {
  let before = service.residentBytes();
  for (;;) {
    await pause(2_000);
    const now = service.residentBytes();
    if (Math.abs(now - before) < 0.01 * before) return now;
    before = now;
  }
}
