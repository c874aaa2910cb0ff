import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { okhttpJar } from '../../differential/clients.ts';
import { createRoot, type Issued } from '../../lab/authority.ts';
import { type OkHttpApp, startOkHttpApp } from '../../lab/okhttp-app.ts';
import { startTlsServer, type TlsServer } from '../../lab/tls-server.ts';
import { requires } from '../support/requires.ts';
import { bundleOf, trust } from './bundles.ts';
import { type Rig, startRig } from './client-rig.ts';

const host = 'api.example.com';
const root = createRoot();
const [before, after] = [root.leaf({ names: [host] }), root.leaf({ names: [host] })];

/** A bundle with these leaves' pins. */
const pinning = (ver: number, ...leaves: readonly Issued[]) =>
  bundleOf({
    ver,
    domains: { [host]: { mode: 'pins', pins: leaves.map(({ pin }) => pin.slice('sha256/'.length)) } },
  });

requires('javac', okhttpJar)('an app with OkHttp during a rotation', () => {
  let app: OkHttpApp;
  let server: TlsServer;
  let bundles: Rig;
  let folder: string;
  let url: string;
  beforeAll(async () => {
    app = await startOkHttpApp();
  }, 180_000);
  afterAll(() => app.close());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pinwatch-rotation-'));
    server = await startTlsServer({ chains: [[before, root.issued]] });
    bundles = await startRig();
    url = `https://${host}:${server.port}/`;
    await writeFile(join(folder, 'ca.pem'), root.pem);
    await writeFile(join(folder, 'floor'), pinning(1, before));
    const built = { channel: trust.audience, roots: trust.roots, url: bundles.url };
    const files = {
      floor: join(folder, 'floor'),
      store: join(folder, 'store'),
      anchors: join(folder, 'ca.pem'),
    };
    expect(await app.start({ ...built, ...files })).toBe('1');
  });
  afterEach(async () => {
    await server.close();
    await bundles.close();
    await rm(folder, { recursive: true });
  });

  test('done rightly, no request fails', async () => {
    await app.every(20, url);
    bundles.serve(pinning(2, before, after));
    expect(await app.refresh()).toBe('2');
    server.rotate([[after, root.issued]]);
    expect(await app.get(url)).toBe('204');
    bundles.serve(pinning(3, after));
    expect(await app.refresh()).toBe('3');
    expect(await app.get(url)).toBe('204');
    const { requests, ...failed } = await app.end();
    expect(failed).toEqual({ failures: 0, firstFailure: '' });
    expect(requests).toBeGreaterThan(0);
  });

  test('an app that missed the publication recovers within the request', async () => {
    bundles.serve(pinning(2, before, after));
    server.rotate([[after, root.issued]]);
    expect(await app.get(url)).toBe('204');
    expect(await app.refresh()).toBe('2');
  });

  test('the server first, and the publication never: every request fails until it comes', async () => {
    server.rotate([[after, root.issued]]);
    bundles.serve(pinning(1, before));
    expect(await app.get(url)).toContain('Certificate pinning failure');
    bundles.serve(pinning(2, after));
    // Within 30 s of the last fetch for a mismatch, so it takes a poll.
    expect(await app.get(url)).toContain('Certificate pinning failure');
    expect(await app.refresh()).toBe('2');
    expect(await app.get(url)).toBe('204');
  });

  test('a key that was taken away is refused with the next request', async () => {
    expect(await app.get(url)).toBe('204');
    bundles.serve(pinning(2, after));
    expect(await app.refresh()).toBe('2');
    expect(await app.get(url)).toContain('Certificate pinning failure');
  });
});
