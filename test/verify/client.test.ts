import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deviceOf, expiresAt, issuedAt, pin } from '../../verify/vectors/generator/bundle.ts';
import { key } from '../../verify/vectors/generator/es256.ts';
import { bundleOf, rotatedBundle, trust } from './bundles.ts';
import { type Rig, startRig } from './client-rig.ts';

const host = 'api.example.com';
const pinsOf = (...names: readonly string[]) => ({ mode: 'pins', pins: names.map(pin) });
const next = bundleOf({ ver: 42, domains: { [host]: pinsOf('next', 'backup') } });

let rig: Rig;
beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.close());

class Mismatch extends Error {}
const isMismatch = (error: unknown) => error instanceof Mismatch;

test('without anything it is empty, and pins nothing', async () => {
  const client = await rig.open();
  expect(client.state()).toBe('empty');
  expect(client.decide(host, [pin('other')])).toEqual({ decision: 'not_pinned', report: false });
  expect(rig.requests).toEqual([]);
});

test('the floor is in force before any network', async () => {
  const client = await rig.open({ floor: bundleOf() });
  expect(client.state()).toBe('fresh');
  expect(client.decide(host, [pin('other')]).decision).toBe('mismatch');
  expect(rig.requests).toEqual([]);
});

test('what was fetched is stored, and in force after a restart without network', async () => {
  const client = await rig.open({ floor: bundleOf() });
  rig.serve(next);
  await client.start();
  expect(client.bundle()?.held.version).toBe(42);
  client.stop();
  rig.serve(503);
  const restarted = await rig.open({ floor: bundleOf() });
  expect(restarted.bundle()?.held.version).toBe(42);
  expect(restarted.decide(host, [pin('next')]).decision).toBe('allowed');
});

test('an app update whose floor is newer than what is stored', async () => {
  writeFileSync(join(rig.folder, 'bundle'), bundleOf());
  const client = await rig.open({ floor: next });
  expect(client.bundle()?.held.version).toBe(42);
});

test.each([
  ['cut off', () => bundleOf().subarray(0, 200), 'malformed storage'],
  ['altered', () => Buffer.from(bundleOf().toString().replace('.', '_.')), 'malformed storage'],
  ['of a root that the app no longer has', () => bundleOf(), 'unknown_root storage'],
])('a stored bundle that is %s is reported, and the floor counts', async (_, stored, told) => {
  writeFileSync(join(rig.folder, 'bundle'), stored());
  const other = told.startsWith('unknown_root');
  const client = await rig.open(other ? { roots: [key('spare root').point] } : { floor: bundleOf() });
  expect(rig.told).toEqual([told]);
  expect(client.state()).toBe(other ? 'empty' : 'fresh');
});

test('a root that is no point is the error of whoever built the app', async () => {
  await expect(rig.open({ roots: [new Uint8Array(65)], floor: bundleOf() })).rejects.toThrow(TypeError);
});

test('a lower bundle is refused, and what is in force stays', async () => {
  const client = await rig.open({ floor: next });
  rig.serve(bundleOf());
  await client.refresh();
  expect(rig.told).toEqual([`rollback ${rig.url}`]);
  expect(client.bundle()?.held.version).toBe(42);
});

test('polls every refresh give or take 20 %, with the ETag of what it has', async () => {
  const client = await rig.open();
  rig.serve(bundleOf({ refresh: 100 }));
  await client.start();
  expect(rig.timer?.delayMs).toBe(100_000);
  rig.timer?.run();
  await client.refresh();
  expect(rig.requests.map(({ kind }) => kind)).toEqual(['bundle', 'not_modified']);
  expect(rig.requests[1]?.etag).toMatch(/^".*"$/);
  client.stop();
  expect(rig.timer).toBeNull();
});

test.each([
  [0, 80_000],
  [0.999_999, 119_999.96],
])('chance %f makes that %f ms', async (chance, delayMs) => {
  rig.serve(bundleOf({ refresh: 100 }));
  await (await rig.open({ random: () => chance })).start();
  expect(rig.timer?.delayMs).toBeCloseTo(delayMs, 1);
});

test('while the server fails it goes on with what it has, and polls', async () => {
  const client = await rig.open({ floor: bundleOf() });
  rig.serve(503);
  await client.start();
  expect(rig.told).toEqual([`failed ${rig.url}: status 503`]);
  expect(client.state()).toBe('fresh');
  expect(rig.timer?.delayMs).toBe(180_000);
});

test('a mismatch at the configuration host itself: once more without pins', async () => {
  const client = await rig.open({ floor: bundleOf() });
  rig.mismatching = true;
  rig.serve(next);
  await client.refresh();
  expect(rig.requests.map(({ pinned, kind }) => [pinned, kind])).toEqual([
    [true, 'mismatch'],
    [false, 'bundle'],
  ]);
  expect(client.bundle()?.held.version).toBe(42);
});

test('a mismatch: fetches, retries once, and the app has the new pins', async () => {
  const client = await rig.open({ floor: bundleOf() });
  rig.serve(next);
  let attempts = 0;
  const answer = await client.attempt(async () => {
    attempts += 1;
    if (client.decide(host, [pin('next')]).decision === 'mismatch') throw new Mismatch();
    return 'connected';
  }, isMismatch);
  expect([answer, attempts]).toEqual(['connected', 2]);
});

test('an interception: fetches, finds nothing new, fails without a retry; again only after 30 s', async () => {
  rig.serve(bundleOf());
  const client = await rig.open({ floor: bundleOf() });
  let attempts = 0;
  const connect = () => {
    attempts += 1;
    return Promise.reject(new Mismatch());
  };
  const attempt = () => expect(client.attempt(connect, isMismatch)).rejects.toThrow(Mismatch);
  await attempt();
  expect([attempts, rig.requests.length]).toEqual([1, 1]);
  rig.now += 29_999;
  await attempt();
  expect(rig.requests.length).toBe(1);
  rig.now += 1;
  await attempt();
  expect(rig.requests.length).toBe(2);
  // A clock that is set back must not stop it.
  rig.now -= 86_400_000;
  await attempt();
  expect([attempts, rig.requests.length]).toEqual([4, 3]);
});

test('ten connections that mismatch at once make one fetch, and each is retried', async () => {
  rig.serve(next);
  const client = await rig.open({ floor: bundleOf() });
  const connect = async () => {
    if (client.decide(host, [pin('next')]).decision === 'mismatch') throw new Mismatch();
    return 1;
  };
  const all = await Promise.all(Array.from({ length: 10 }, () => client.attempt(connect, isMismatch)));
  expect(all).toEqual(Array(10).fill(1));
  expect(rig.requests.length).toBe(1);
});

test('another failure is neither fetched for nor retried', async () => {
  const client = await rig.open({ floor: bundleOf() });
  await expect(client.attempt(() => Promise.reject(new Error('reset')), isMismatch)).rejects.toThrow('reset');
  expect(rig.requests).toEqual([]);
});

test('a change names what it concerns', async () => {
  const domains = {
    [host]: pinsOf('leaf'),
    'example.net': { ...pinsOf('leaf'), sub: true },
    'same.example.net': { mode: 'pins', pins: [pin('leaf'), pin('backup')] },
    'gone.example': pinsOf('leaf'),
    'roots.example': { mode: 'roots' },
  };
  const client = await rig.open({ floor: bundleOf({ domains, roots: [pin('root')] }) });
  rig.serve(
    bundleOf({
      ver: 42,
      domains: {
        [host]: pinsOf('leaf'),
        'example.net': { ...pinsOf('next'), sub: true },
        'same.example.net': { mode: 'pins', pins: [pin('backup'), pin('leaf')] },
        'new.example': pinsOf('leaf'),
        'roots.example': { mode: 'roots' },
      },
      roots: [pin('another root')],
    }),
  );
  await client.refresh();
  const [change] = rig.changes;
  expect(change?.entries).toEqual(['example.net', 'gone.example', 'roots.example', 'new.example']);
  expect(change?.everyHost).toBe(false);
  const hosts = [
    host,
    'a.b.example.net',
    'same.example.net',
    'gone.example',
    'new.example',
    'elsewhere.example',
  ];
  expect(hosts.filter((one) => change?.concerns(one))).toEqual([
    'a.b.example.net',
    'gone.example',
    'new.example',
  ]);
});

test('a device is unpinned, and the change concerns every host', async () => {
  const client = await rig.open({ floor: bundleOf(), device: 'tester' });
  expect(client.decide(host, [pin('proxy')]).decision).toBe('mismatch');
  rig.serve(bundleOf({ iat: issuedAt + 1, devices: [{ h: deviceOf('tester'), until: issuedAt + 1_000 }] }));
  await client.refresh();
  expect(client.decide(host, [pin('proxy')]).decision).toBe('not_pinned');
  expect(rig.changes[0]?.concerns('anything.example')).toBe(true);
  rig.now = (issuedAt + 1_000) * 1_000;
  expect(client.decide(host, [pin('proxy')]).decision).toBe('mismatch');
});

test('past its expiry it is stale, and enforced', async () => {
  const client = await rig.open({ floor: bundleOf() });
  rig.now = expiresAt * 1_000;
  expect(client.state()).toBe('stale');
  expect(client.decide(host, [pin('other')]).decision).toBe('mismatch');
});

test('the next URL is tried when one fails or is behind', async () => {
  const other = await startRig();
  try {
    const client = await rig.open({
      urls: [rig.url, other.url],
      floor: bundleOf({ ver: 41, iat: issuedAt + 5 }),
    });
    rig.serve(bundleOf());
    other.serve(next);
    await client.refresh();
    expect(rig.told).toEqual([`rollback ${rig.url}`]);
    expect(client.bundle()?.held.version).toBe(42);
  } finally {
    await other.close();
  }
});

test('a new generation with a lower version is taken', async () => {
  const client = await rig.open({ floor: bundleOf({ ver: Number.MAX_SAFE_INTEGER }) });
  rig.serve(rotatedBundle({ ver: 1 }));
  await client.refresh();
  expect(client.bundle()?.held).toMatchObject({ generation: 2, version: 1 });
});

test('the first fetch of a UTC day carries the version that the client holds', async () => {
  const client = await rig.open({ floor: bundleOf() });
  rig.serve(503);
  await client.refresh();
  rig.serve(bundleOf());
  await client.refresh();
  await client.refresh();
  rig.now += 86_400_000;
  await client.refresh();
  expect(rig.requests.map(({ url }) => new URL(url).search)).toEqual(['?v=41', '?v=41', '', '?v=41']);
});

test('a disk that fails: the new pins are in force until the restart, and it is told', async () => {
  const full = () => Promise.reject(new Error('ENOSPC'));
  const client = await rig.open({ floor: bundleOf(), storage: { ...rig.storage, write: full } });
  rig.serve(next);
  await client.refresh();
  expect(client.bundle()?.held.version).toBe(42);
  expect(rig.told).toContain('failed storage: Error: ENOSPC');
});

test('the stored file is the bundle as it was served', async () => {
  const client = await rig.open();
  rig.serve(next);
  await client.refresh();
  expect(readFileSync(join(rig.folder, 'bundle')).equals(next)).toBe(true);
  expect(trust.audience).toBe(client.bundle()?.configuration.audience);
});
