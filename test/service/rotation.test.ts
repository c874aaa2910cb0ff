/** A whole rotation with the real service, real TLS servers, and an OkHttp app that makes requests all along. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { okhttpJar } from '../../differential/clients.ts';
import { type Issued, pemChain } from '../../lab/authority.ts';
import { createChannelKeys } from '../../lab/channel-keys.ts';
import { type OkHttpApp, startOkHttpApp } from '../../lab/okhttp-app.ts';
import { startTlsServer, type TlsServer } from '../../lab/tls-server.ts';
import { fromBase64 } from '../../verify/typescript/src/base64url.ts';
import { type Admin, setAdmin } from '../cli/remote/admin.ts';
import { requires } from '../support/requires.ts';

const host = 'api.example.com';
const everyMs = 100;

requires(
  'redis-server',
  'javac',
  okhttpJar,
)('a rotation, with an OkHttp app', () => {
  let app: OkHttpApp;
  let admin: Admin;
  let count = 0;
  let account: string;
  let name: string;
  let old: Issued;
  let backup: Issued;
  let servers: readonly [TlsServer, TlsServer];

  beforeAll(async () => {
    app = await startOkHttpApp();
    admin = await setAdmin({}, { publish: { keyDir: 'keys' } });
  }, 180_000);
  afterAll(async () => {
    await app.close();
    await admin.stage.close();
  });

  const file = (path: string) => join(admin.stage.directory, account, path);
  const api = async (method: string, path: string, body?: object) => {
    const init = { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const answer = await fetch(`${admin.url}/v1/accounts${path}`, init);
    expect(answer.status, `${method} ${path}`).toBeLessThan(300);
    return (await answer.json()) as { candidate: string };
  };

  /** An account, its channel and two endpoints for each test; the app starts with the first version as its floor. */
  beforeEach(async () => {
    const { issuing, directory } = admin.stage;
    count += 1;
    account = `acme-${count}`;
    await mkdir(join(directory, account));
    [old, backup] = [issuing.leaf({ names: [host] }), issuing.leaf({ names: [host] })];
    const first = await startTlsServer({ chains: [chainOf(old)] });
    const second = await startTlsServer({ chains: [chainOf(old)], host: '127.0.0.2', port: first.port });
    servers = [first, second];
    name = `${host}:${first.port}`;
    const keys = createChannelKeys();
    keys.install(join(directory, 'keys'), account);
    await api('POST', '', { name: account, contacts: ['devops@example.com'] });
    const ca = readFileSync(join(directory, 'root.pem'), 'utf8');
    const pins = [old.pin, backup.pin];
    await api('POST', `/${account}/domains`, { host: name, connect: ['127.0.0.1', '127.0.0.2'], ca, pins });
    await api('POST', `/${account}/probes?wait=20s`, {});
    await api('PUT', `/${account}/config/keys`, { statement: await keys.statement(), roots: keys.roots });
    const { candidate } = await api('POST', `/${account}/config/checks`, {});
    await api('POST', `/${account}/config/versions`, { candidate });
    const url = `${admin.url}/c/${keys.channel}`;
    writeFileSync(file('floor'), await (await fetch(url)).text());
    await mkdir(file('store'));
    const roots = keys.roots.map((root) => fromBase64(root) ?? new Uint8Array());
    const files = { floor: file('floor'), store: file('store'), anchors: join(directory, 'root.pem') };
    expect(await app.start({ channel: keys.channel, roots, url, ...files })).toBe('1');
  });
  afterEach(async () => {
    for (const server of servers) await server.close();
  });

  const url = () => `https://${host}:${servers[0].port}/`;
  const run = (...args: string[]) => admin.run(args);
  const rotate = (...args: string[]) => run('rotate', account, name, ...args);
  const chainOf = (leaf: Issued) => [leaf, admin.stage.issuing.issued];
  const deploy = (leaf: Issued, which: readonly TlsServer[] = servers) => {
    for (const server of which) server.rotate([chainOf(leaf)]);
  };
  /** What the authority makes of a request: a certificate for its key. */
  const issue = (keyFile: string, to: string): Issued => {
    const privateKey = createPrivateKey(readFileSync(keyFile));
    const keys = { privateKey, publicKey: createPublicKey(privateKey) };
    const leaf = admin.stage.issuing.leaf({ names: [host], keys });
    writeFileSync(to, pemChain(chainOf(leaf)));
    return leaf;
  };
  /** Key, pin, publication: until the certificate may be deployed. The certificate is in next.pem. */
  const untilDeployment = async () => {
    const begun = await rotate('--new-key', file('next.key'), '--yes');
    expect(begun.status, begun.stderr).toBe(0);
    expect(await app.refresh()).toBe('2');
    return issue(file('next.key'), file('next.pem'));
  };

  test('done rightly, no request fails, from the key to the end', async () => {
    await app.every(everyMs, url());
    const begun = await rotate('--new-key', file('next.key'), '--yes', '--note', 'yearly');
    expect(begun.status, begun.stderr).toBe(0);
    expect(statSync(file('next.key')).mode & 0o777).toBe(0o600);
    expect(begun.stderr).toContain(`Its certificate request is in ${file('next.csr')}: send that to`);
    expect(begun.stdout).toContain('version 2 is published\n');
    expect(begun.stdout).toMatch(/^next {6}Deploy the certificate from \S+ on: by then, all apps/m);
    expect(await app.refresh()).toBe('2');

    const next = issue(file('next.key'), file('next.pem'));
    const right = await rotate('--certificate', file('next.pem'));
    expect(right, right.stderr).toMatchObject({ status: 0 });
    expect(right.stdout).toContain('right     Deploy it now, on every server. Then follow it:\n');
    deploy(next, servers.slice(0, 1));
    expect(await app.get(url())).toBe('204');
    // Another admin, on another machine, who waits for the rest.
    const waiting = rotate('--wait', '1m', '--yes');
    deploy(next);
    const done = await waiting;
    expect(done, done.stderr).toMatchObject({ status: 0 });
    expect(done.stdout).toMatch(/^finished {2}\ds ago by loopback$/m);
    expect(await app.refresh()).toBe('3');
    expect(await app.get(url())).toBe('204');
    const { requests, ...failed } = await app.end();
    expect(failed).toEqual({ failures: 0, firstFailure: '' });
    expect(requests).toBeGreaterThan(5);
    deploy(old);
    expect(await app.get(url())).toContain('Certificate pinning failure');
  });

  describe('done wrongly', () => {
    test('the certificate before the publication: refused if asked, told if done', async () => {
      await rotate('--new-key', file('next.key'));
      const next = issue(file('next.key'), file('next.pem'));
      const early = await rotate('--certificate', file('next.pem'));
      expect(early.status).toBe(1);
      expect(early.stdout).toContain(
        'too early It is right, but do not deploy it yet. Publish, so that apps accept',
      );
      expect(await app.get(url())).toBe('204');
      deploy(next);
      expect(await app.get(url())).toContain('Certificate pinning failure');
      await run('probe', account, name, '--wait', '20s');
      const told = await rotate();
      expect(told.status).toBe(1);
      expect(told.stdout).toMatch(
        /^ALARM {5}127\.0\.0\.1 \(ecdsa\), 127\.0\.0\.2 \(ecdsa\) present the new key, but what/m,
      );
      expect((await rotate('--yes')).stdout).toContain('version 2 is published\n');
      // And went on, since every server has the key: version 3 is without the old pin.
      expect(await app.refresh()).toBe('3');
      expect(await app.get(url())).toBe('204');
    });

    test('the certificate for another key: refused, with whose key it is', async () => {
      await untilDeployment();
      writeFileSync(file('old.pem'), pemChain(chainOf(old)));
      const refused = await rotate('--certificate', file('old.pem'));
      expect(refused.status).toBe(1);
      expect(refused.stdout.replace(/\s+/g, ' ')).toContain(
        'the old key, so the certificate was renewed without the new request (the certificate request was for CN=api.example.com) (wrong_key)',
      );
      expect(refused.stdout).toContain('wrong     Do not deploy it: apps would fail.\n');
      expect(await app.get(url())).toBe('204');
    });

    test('one endpoint forgotten: the old pin stays, whoever takes it away', async () => {
      const next = await untilDeployment();
      deploy(next, servers.slice(0, 1));
      const stays = await rotate('--yes');
      expect(stays.status).toBe(0);
      expect(stays.stdout.replace(/\s+/g, ' ')).toContain(
        '> deploy 1 of 2 endpoints present the new key; still the old key at 127.0.0.2 (ecdsa)',
      );
      const removed = await run('pin', 'remove', account, name, old.pin);
      expect(removed.status).toBe(1);
      expect(removed.stderr).toContain(
        'is the last pin that matches what is presented now by 127.0.0.2 (ecdsa)',
      );
      const late = await rotate('--wait', '1s', '--yes');
      expect(late).toMatchObject({
        status: 2,
        stderr: expect.stringContaining('Not in time; go on later with'),
      });
      expect(await app.refresh()).toBe('2');
      expect(await app.get(url())).toBe('204');
    });

    test('another publisher goes back in between: the deployment is no longer allowed', async () => {
      await untilDeployment();
      await run('config', 'rollback', account, '1', '--yes', '--note', 'unrelated');
      const told = await rotate();
      expect(told.stdout.replace(/\s+/g, ' ')).toContain(
        'version 3, published by loopback, lacks the new pin of api.example.com, which version 2 had: publish again',
      );
      expect((await rotate('--certificate', file('next.pem'))).status).toBe(1);
      expect((await rotate('--yes')).stdout).toContain('version 4 is published\n');
      expect(await rotate('--certificate', file('next.pem'))).toMatchObject({ status: 0 });
    });

    test('the key is lost: the rotation is aborted, and begun again with another', async () => {
      await untilDeployment();
      const second = await rotate('--new-key', file('second.key'));
      expect(second).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/is in progress .* or abort it/),
      });
      const lost = await rotate('--abort', '--yes', '--note', 'disk failed');
      expect(lost.stdout).toMatch(/^undone {4}api\.example\.com:\d+: the new pin was removed$/m);
      const again = await rotate('--new-key', file('second.key'), '--yes');
      expect(again.stdout).toContain('version 3 is published\n');
      const next = issue(file('second.key'), file('second.pem'));
      expect(await app.refresh()).toBe('3');
      expect(await rotate('--certificate', file('next.pem'))).toMatchObject({ status: 1 });
      deploy(next);
      expect(await app.get(url())).toBe('204');
    });

    test('no backup left: the old pin stays until there is another', async () => {
      await run('pin', 'remove', account, name, backup.pin);
      const next = await untilDeployment();
      deploy(next);
      const stays = await rotate('--yes');
      expect(stays.stdout.replace(/\s+/g, ' ')).toContain(
        'the new key was the only backup. Make another key, and pin it',
      );
      expect(stays.stdout.replace(/\s+/g, ' ')).toContain('would have no backup pin');
      await run('pin', 'add', account, name, backup.pin);
      const done = await rotate('--yes');
      expect(done.stdout).toMatch(/^finished/m);
      expect(await app.refresh()).toBe('3');
      expect(await app.get(url())).toBe('204');
    });

    test('an app version that ships without the new pin: told who breaks, before it does', async () => {
      const nsc = `<network-security-config><domain-config><domain>${host}</domain><pin-set><pin digest="SHA-256">${old.pin.slice(7)}</pin></pin-set></domain-config></network-security-config>`;
      writeFileSync(file('nsc.xml'), nsc);
      await run('pin-set', 'import', account, 'android-5.2', file('nsc.xml'), '--app-version', 'android 5.2');
      await rotate('--new-key', file('next.key'), '--yes');
      issue(file('next.key'), file('next.pem'));
      const waits = await rotate('--yes');
      expect(waits.stdout.replace(/\s+/g, ' ')).toContain(
        `> adopt android 5.2 ships without the new pin (android-5.2), so it can't connect to ${host} until it is updated`,
      );
      expect(await rotate('--certificate', file('next.pem'))).toMatchObject({ status: 1 });
      const forced = await rotate('--force', '--note', '0.1 % are left', '--yes');
      expect(forced.stdout).toContain('loopback went on: 0.1 % are left');
      expect(forced.stdout).toContain('Deploy the certificate from');
    });
  });
});
