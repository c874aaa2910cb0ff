import { webcrypto } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createChannelKeys } from '../../../lab/channel-keys.ts';
import { fetchBundle } from '../../../src/adapters/download/fetch-bundle.ts';
import type { Happening } from '../../../src/flow/journal.ts';
import type { ConfigStore } from '../../../src/flow/publish/config-store.ts';
import { readBundleHead } from '../../../src/flow/publish/read-bundle.ts';
import { configurationOf, payloadOf } from '../../../src/flow/publish/read-draft.ts';
import type { ServedChannel } from '../../../src/flow/publish/served-channels.ts';
import { createUrlWatch } from '../../../src/flow/publish/watch-urls.ts';
import { makeBundle } from '../../../src/flow/sign/make-bundle.ts';

const keys = createChannelKeys();
const day = 86_400;
const start = 1_795_000_000;
let now = 0;
let server: Server;
/** What the edge answers; null: 503. */
let edge: string | Buffer | null;

beforeEach(async () => {
  now = start * 1_000;
  server = createServer((request, response) => {
    expect(request.url).toBe(`/c/${keys.channel}`);
    response.statusCode = edge === null ? 503 : 200;
    response.end(edge ?? 'away');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

async function bundle(version: number, issuedAt: number, by = keys): Promise<string> {
  const entry = { mode: 'observe', sub: false, pins: [`${'A'.repeat(43)}=`] } as const;
  const payload = payloadOf(keys.channel, version, new Map([['api.example.com', entry]]));
  const configuration = configurationOf(payload, { issuedAt, expiresAt: issuedAt + 14 * day });
  const roots = by.roots.map((root) => Buffer.from(root, 'base64'));
  const { signer, point } = by.signing;
  const made = await makeBundle(
    await by.statement(),
    [point],
    configuration,
    signer,
    roots,
    webcrypto.subtle,
  );
  return Buffer.from(made.bytes).toString('latin1');
}

test('what is served is compared with what was published, and each change is told once', async () => {
  const told: Happening[] = [];
  const [old, published] = [await bundle(1, start - 3_600), await bundle(2, start)];
  const head = readBundleHead(published);
  if (!head.ok) throw new Error(head.problem);
  const channel: ServedChannel = { account: 'acme', text: published, head: head.value };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const state = async () => ({ value: { roots: keys.roots }, text: '' });
  const watch = createUrlWatch([url], {
    configStore: { state } as unknown as ConfigStore,
    channels: { all: () => [channel], get: () => channel },
    ...{ fetchBundle, subtle: webcrypto.subtle, clock: () => now, journal: (one) => void told.push(one) },
  });
  const look = async (served: string | Buffer | null) => {
    edge = served;
    told.length = 0;
    await watch.look();
    return [
      watch.isServed('acme'),
      ...told.map((one) => (one.kind === 'config_url' ? one.problem : one.kind)),
    ];
  };
  expect(watch.isServed('acme')).toBeNull();
  expect(await look(published)).toEqual([true]);
  // An edge may have the last one for a while.
  expect(await look(old)).toEqual([true]);
  now += 300_001;
  expect(await look(old)).toEqual([false, 'outdated']);
  expect(await look(old)).toEqual([false]);
  expect(await look(null)).toEqual([false, 'unreachable']);
  expect(await look(await bundle(2, start, createChannelKeys(keys.channel)))).toEqual([false, 'invalid']);
  expect(await look(published.slice(0, -9))).toEqual([false]);
  expect(await look(Buffer.alloc(300_000, 65))).toEqual([false]);
  expect(await look(published)).toEqual([true, null]);
  now += 11 * day * 1_000;
  expect(await look(published)).toEqual([true, 'expiring']);
});
