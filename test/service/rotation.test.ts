/** A whole rotation with the real service, real TLS servers, and an OkHttp app that makes requests all along. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { okhttpJar } from '../../differential/clients.ts';
import { type Issued, pemChain } from '../../lab/authority.ts';
import { type OkHttpApp, startOkHttpApp } from '../../lab/okhttp-app.ts';
import { startTlsServer, type TlsServer } from '../../lab/tls-server.ts';
import { fromBase64 } from '../../verify/typescript/src/base64url.ts';
import { type Admin, setAdmin } from '../cli/remote/admin.ts';
import { type ChannelKeys, createChannelKeys } from '../support/channel-keys.ts';
import { requires } from '../support/requires.ts';

const host = 'api.example.com';
/** As the brief of the app has it: every second, or more often. */
const everyMs = 100;

requires('redis-server', 'javac', okhttpJar)('a rotation, with an OkHttp app', () => {
  let app: OkHttpApp;
  let admin: Admin;
  let keys: ChannelKeys;
  let servers: readonly [TlsServer, TlsServer];
  let old: Issued;
  let backup: Issued;
  let name: string;
  let version = 0;

  beforeAll(async () => {
    app = await startOkHttpApp();
  }, 180_000);
  afterAll(() => app.close());

  beforeEach(async () => {
    admin = await setAdmin({}, { publish: { keyDir: 'keys' } });
    const { stage, ok } = admin;
    const { issuing, directory } = stage;
    [old, backup] = [issuing.leaf({ names: [host] }), issuing.leaf({ names: [host] })];
    const first = await startTlsServer({ chains: [[old, issuing.issued]] });
    const second = await startTlsServer({ chains: [[old, issuing.issued]], host: '127.0.0.2', port: first.port });
    servers = [first, second];
    name = `${host}:${first.port}`;
    keys = createChannelKeys();
    keys.install(join(directory, 'keys'), 'acme');
    await ok('account', 'create', 'acme', '--contact', 'devops@example.com');
    const reach = ['--connect', '127.0.0.1', '--connect', '127.0.0.2', '--ca-file', 'root.pem'];
    await ok('domain', 'add', 'acme', name, ...reach, '--pin', old.pin, '--pin', backup.pin);
    writeFileSync(join(directory, 'acme.statement'), await keys.statement());
    await ok('config', 'keys', 'acme', 'acme.statement', '--root', keys.roots[0] ?? '');
    await ok('config', 'publish', 'acme', '--yes');
    version = 1;
    const floor = join(directory, 'floor');
    writeFileSync(floor, await (await fetch(`${admin.url}/c/${keys.channel}`)).text());
    await mkdir(join(directory, 'store'));
    const built = { channel: keys.channel, roots: keys.roots.map((root) => fromBase64(root) ?? new Uint8Array()) };
    const started = await app.start({
      ...built,
      ...{ url: `${admin.url}/c/${keys.channel}`, floor, store: join(directory, 'store') },
      anchors: join(directory, 'root.pem'),
    });
    expect(started).toBe('1');
  });
  afterEach(async () => {
    for (const server of servers) await server.close();
    await admin.stage.close();
  });

  const url = () => `https://${host}:${servers[0].port}/`;
  const rotate = (...args: string[]) => admin.run(['rotate', 'acme', name, ...args]);
  const shown = async () => JSON.parse((await rotate('--json')).stdout).rotation;
  const file = (path: string) => join(admin.stage.directory, path);
  /** What the authority makes of a request: a certificate for its key. */
  const issue = (keyFile: string): Issued => {
    const privateKey = createPrivateKey(readFileSync(file(keyFile)));
    return admin.stage.issuing.leaf({ names: [host], keys: { privateKey, publicKey: createPublicKey(privateKey) } });
  };
  const chainOf = (leaf: Issued) => [leaf, admin.stage.issuing.issued];
  const deploy = (server: TlsServer, leaf: Issued) => server.rotate([chainOf(leaf)]);

  test('from the key to the end, no request fails', async () => {
    await app.every(everyMs, url());
    const begun = await rotate('--new-key', 'next.key', '--yes', '--note', 'yearly');
    expect(begun.status, begun.stderr).toBe(0);
    expect(statSync(file('next.key')).mode & 0o777).toBe(0o600);
    console.log(begun.stdout, begun.stderr);
    version = 2;
    expect(await app.refresh()).toBe(String(version));
    const next = issue('next.key');
    writeFileSync(file('next.pem'), pemChain(chainOf(next)));
    const right = await rotate('--certificate', 'next.pem');
    console.log(right.stdout, right.stderr);
    expect(right.status).toBe(0);
    deploy(servers[0], next);
    const half = await rotate('--yes');
    console.log(half.stdout, half.stderr);
    deploy(servers[1], next);
    const all = await rotate('--yes');
    console.log(all.stdout, all.stderr);
    expect(await app.refresh()).toBe('3');
    expect(await app.get(url())).toBe('204');
    const { requests, ...failed } = await app.end();
    expect(failed).toEqual({ failures: 0, firstFailure: '' });
    expect(requests).toBeGreaterThan(20);
    expect((await shown())?.step ?? null).toBe(null);
  });
});
