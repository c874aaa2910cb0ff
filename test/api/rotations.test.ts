import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Issued, pemChain, selfSigned } from '../../lab/authority.ts';
import { createChannelKeys } from '../../lab/channel-keys.ts';
import { startTlsServer, type TlsServer } from '../../lab/tls-server.ts';
import { requires } from '../support/requires.ts';
import { type Answer, type Api, createRig, ok, problemOf, type Rig } from './rig.ts';

const host = 'api.example.com';

requires('redis-server')('rotations', () => {
  let rig: Rig;
  let api: Api;
  let account: string;
  let servers: readonly TlsServer[] = [];
  let old: Issued;
  let backup: Issued;
  let next: Issued;
  let name: string;
  let count = 0;
  const leaf = (hosts = [host]) => rig.issuing.leaf({ names: hosts });
  const chainOf = (issued: Issued) => [issued, rig.issuing.issued];

  const ask = (method: string, path: string, body?: object, headers = {}) =>
    api.ask(method, `/v1/accounts/${account}${path}`, { body, headers });
  const config = (method: string, path: string, body?: object) => ask(method, `/config${path}`, body);
  const publish = async (body: object = {}) => {
    const { candidate } = ok(await config('POST', '/checks', body)).json;
    return ok(await config('POST', '/versions', { candidate }), 201).json;
  };
  const probe = async (...domains: string[]) =>
    ok(await ask('POST', '/probes?wait=20s', { domains: domains.length > 0 ? domains : [name] }), 202);
  const start = (more: object = {}) =>
    ask('POST', '/rotations', { domain: name, pin: next.pin, keyType: 'ecdsa', ...more });
  const started = async (more: object = {}) => ok(await start(more), 201).json;
  const show = async (id: string) => ok(await ask('GET', `/rotations/${id}`)).json;
  const take = (id: string, step: string, more: object = {}) =>
    ask('POST', `/rotations/${id}/steps`, { step, ...more });
  const codes = (list: readonly { code: string }[]) => list.map(({ code }) => code);
  const add = async (entry: object) => ok(await ask('POST', '/domains', entry), 201);
  /** Both servers, or the first alone. */
  const deploy = async (issued: Issued, which = servers) => {
    for (const server of which) server.rotate([chainOf(issued)]);
    await probe();
  };

  beforeAll(async () => {
    rig = await createRig();
    api = await rig.serve({ config: { publish: { keyDir: join(rig.directory, 'keys') } } });
  });
  afterAll(async () => {
    for (const server of servers) await server.close();
    await rig.close();
  });

  /** An account of its own for each test, with two endpoints and a published configuration. */
  beforeEach(async () => {
    for (const server of servers) await server.close();
    count += 1;
    account = `acme-${count}`;
    [old, backup, next] = [leaf(), leaf(), leaf()];
    const first = await startTlsServer({ chains: [chainOf(old)] });
    const second = await startTlsServer({ chains: [chainOf(old)], host: '127.0.0.2', port: first.port });
    servers = [first, second];
    name = `${host}:${first.port}`;
    const body = { name: account, contacts: ['devops@example.com'] };
    ok(await api.ask('POST', '/v1/accounts', { body }), 201);
    const connect = ['127.0.0.1', '127.0.0.2'];
    await add({ host: name, connect, ca: rig.root.pem, pins: [old.pin, backup.pin] });
    await probe();
    const keys = createChannelKeys();
    keys.install(join(rig.directory, 'keys'), account);
    ok(await config('PUT', '/keys', { statement: await keys.statement(), roots: keys.roots }));
    await publish();
  });

  test('from the first step to the last, with what is left to do at each', async () => {
    const plan = ok(await ask('POST', '/rotations/plans', { domain: name })).json;
    expect(plan).toEqual({
      ...{ domain: name, host, keyType: 'ecdsa', keyTypes: ['ecdsa'], retires: [old.pin] },
      ...{ shared: [], pinned: false, presented: false },
    });
    const begun = await start({ subject: 'CN=api.example.com', note: 'yearly' });
    expect(ok(begun, 201).headers.etag).toMatch(/^"/);
    const { id } = begun.json;
    expect(begun.json).toMatchObject({
      ...{ step: 'publish', mayDeploy: false, delivery: 'configuration', arrived: 0, endpointCount: 2 },
      ...{ domains: [name], retires: [old.pin], startedBy: 'loopback', note: 'yearly', ended: null },
    });
    expect(ok(await ask('GET', `/domains/${name}/pins`)).json.pins.at(-1)).toMatchObject({
      pin: next.pin,
      note: `the next key, rotation ${id}`,
    });
    expect((await publish()).version).toBe(2);
    expect(await show(id)).toMatchObject({ step: 'deploy', mayDeploy: true, obstacles: [], alarms: [] });

    await deploy(next, servers.slice(0, 1));
    expect(await show(id)).toMatchObject({ step: 'deploy', arrived: 1 });
    await deploy(next);
    expect(await show(id)).toMatchObject({ step: 'retire', arrived: 2, obstacles: [] });
    expect(ok(await take(id, 'retire')).json).toMatchObject({ step: 'drop' });
    await publish();
    expect(await show(id)).toMatchObject({ step: 'finish' });
    expect(ok(await take(id, 'finish')).json).toMatchObject({
      step: null,
      ended: { how: 'finished', by: 'loopback' },
    });
    const { pins } = ok(await ask('GET', `/domains/${name}/pins`)).json;
    expect(pins.map(({ pin }: { pin: string }) => pin)).toEqual([backup.pin, next.pin]);
    const { audit } = ok(await ask('GET', '/audit?limit=20')).json;
    expect(audit.map(({ action }: { action: string }) => action)).toEqual([
      'rotation_finished',
      'config_published',
      'pins_changed',
      'config_published',
      'pins_changed',
      'rotation_started',
      'config_published',
      'config_keys_installed',
      'domain_added',
      'account_created',
    ]);
    problemOf(await take(id, 'pin'), 422, 'unprocessable');
    expect(ok(await ask('GET', '/rotations')).json.rotations).toMatchObject([
      { id, ended: { how: 'finished' } },
    ]);
  });

  describe('done wrongly', () => {
    test('deployed before it is published: an alarm names the endpoint, until it is', async () => {
      const { id } = await started();
      await deploy(next, servers.slice(0, 1));
      const early = await show(id);
      expect(early).toMatchObject({ step: 'publish', mayDeploy: false, arrived: 1 });
      expect(codes(early.alarms)).toEqual(['deployed_before_publish']);
      expect(early.alarms[0].message).toBe(
        '127.0.0.1 (ecdsa) presents the new key, but what is published for api.example.com lacks its pin, so apps fail there: put the old certificate back, or publish at once',
      );
      await publish();
      expect(await show(id)).toMatchObject({ step: 'deploy', alarms: [] });
    });

    test('an app version ships without the new pin: it says which, and a person has to decide', async () => {
      const pins = { text: nsc(old.pin, backup.pin), appVersion: 'android 5.2' };
      ok(await ask('PUT', '/pin-sets/android-5.2', pins));
      const { id } = await started();
      await publish();
      const waiting = await show(id);
      expect(waiting).toMatchObject({ step: 'adopt', mayDeploy: false });
      const told = `android 5.2 ships without the new pin (android-5.2), so it can't connect to ${host} until it is updated`;
      expect(waiting.obstacles).toEqual([{ code: 'ships_without', message: told, override: 'force' }]);
      expect(problemOf(await take(id, 'adopt'), 409, 'guarded').detail).toContain(told);
      expect(problemOf(await take(id, 'adopt', { force: true }), 409, 'guarded').detail).toContain('note');
      await deploy(next, servers.slice(1));
      expect(codes((await show(id)).alarms)).toEqual(['deployed_before_adoption']);
      const gone = ok(await take(id, 'adopt', { force: true, note: '0.1 % are left' })).json;
      expect(gone).toMatchObject({ step: 'deploy', mayDeploy: true, goAhead: { note: '0.1 % are left' } });
      const { audit } = ok(await ask('GET', '/audit?limit=1')).json;
      expect(audit[0]).toMatchObject({ action: 'rotation_continued' });
      expect(audit[0].detail).toContain(told);
    });

    test('a certificate for another key, host or time, or without its chain, is refused', async () => {
      const { id } = await started();
      const check = async (pem: string) =>
        ok(await ask('POST', `/rotations/${id}/certificate`, { pem })).json;
      const problems = async (...chain: readonly Issued[]) => {
        const { problems: found, right, mayDeploy } = await check(pemChain(chain));
        expect(mayDeploy).toBe(false);
        return [right, ...codes(found)];
      };
      expect(await problems(...chainOf(next))).toEqual([true]);
      expect((await show(id)).certificate).toMatchObject({ subject: 'CN=api.example.com', by: 'loopback' });
      expect(await problems(...chainOf(old))).toEqual([false, 'wrong_key']);
      const other = await check(pemChain(chainOf(leaf())));
      expect(other.problems[0].message).toContain(
        'a key that no app accepts, so it was made from another request',
      );
      expect((await check(pemChain(chainOf(backup)))).problems[0].message).toContain('another pinned key');
      const { keys } = next;
      const [day] = [86_400_000];
      const wrong = (more: object) => rig.issuing.leaf({ names: [host], keys, ...more });
      expect(await problems(...chainOf(wrong({ names: ['www.example.com'] })))).toEqual([
        false,
        'host_name_mismatch',
      ]);
      const past = { notBefore: new Date(Date.now() - 2 * day), notAfter: new Date(Date.now() - day) };
      expect(await problems(...chainOf(wrong(past)))).toEqual([false, 'certificate_expired']);
      expect(await problems(next)).toEqual([false, 'chain_incomplete']);
      expect(await problems(selfSigned({ names: [host], keys }))).toEqual([false, 'chain_untrusted']);
      const soon = wrong({ notAfter: new Date(Date.now() + 3 * day) });
      expect(await problems(...chainOf(soon))).toEqual([true, 'certificate_expiring']);
      await publish();
      expect(await check(pemChain(chainOf(next)))).toMatchObject({ right: true, mayDeploy: true });
      const refused = async (pem: string) =>
        problemOf(await ask('POST', `/rotations/${id}/certificate`, { pem }), 422, 'unprocessable').detail;
      expect(await refused(next.keyPem)).toContain('found a private key');
      expect(await refused('no PEM')).toContain('expected certificates in PEM, found none');
      expect(await refused('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')).toContain(
        'decoded',
      );
    });

    test('a wrong certificate that is deployed anyway is an alarm', async () => {
      const { id } = await started();
      await publish();
      const wrong = leaf();
      await deploy(wrong, servers.slice(1));
      const { alarms } = await show(id);
      expect(codes(alarms)).toEqual(['other_key']);
      expect(alarms[0].message).toContain(`127.0.0.2 (ecdsa) presents ${wrong.pin}, which is neither`);
    });

    test('an endpoint that was forgotten keeps the old pin, by name', async () => {
      const { id } = await started();
      await publish();
      await deploy(next, servers.slice(0, 1));
      const shown = await show(id);
      expect(shown.steps[3]).toMatchObject({
        state: 'now',
        detail: '1 of 2 endpoints present the new key; still the old key at 127.0.0.2 (ecdsa)',
      });
      const refused = await take(id, 'retire', { force: true, note: 'I think so' });
      expect(problemOf(refused, 409, 'guarded').detail).toBe(
        '1 of 2 endpoints still presents the old key, and apps would refuse it there: 127.0.0.2 (ecdsa): the old pin stays',
      );
      expect(refused.json.forcible).toBe(false);
      const removed = await ask('DELETE', `/domains/${name}/pins/${encodeURIComponent(old.pin)}`);
      expect(problemOf(removed, 409, 'guarded').detail).toContain('127.0.0.2 (ecdsa)');
    });

    test('so does a forgotten server behind a balancer, which the last probe has missed', async () => {
      const { id } = await started();
      await publish();
      await deploy(next);
      expect((await show(id)).step).toBe('retire');
      servers[1]?.balance([[chainOf(next)], [chainOf(next)], [chainOf(old)]]);
      expect(problemOf(await take(id, 'retire'), 409, 'guarded').detail).toContain('127.0.0.2 (ecdsa)');
    });

    test('no backup would be left: told from the start, and refused in the end', async () => {
      ok(await ask('PUT', `/domains/${name}/pins`, { pins: [old.pin], note: 'no backup' }));
      const { id, alarms } = await started();
      expect(codes(alarms)).toEqual(['no_backup']);
      await publish();
      await deploy(next);
      expect(problemOf(await take(id, 'retire'), 409, 'guarded').detail).toContain(
        'would have no backup pin',
      );
      ok(await ask('POST', `/domains/${name}/pins`, { pin: leaf().pin, note: 'a backup' }));
      expect(ok(await take(id, 'retire')).json.step).toBe('drop');
    });

    test('another publisher takes the pin away again: the rotation is back at its publication', async () => {
      const { id } = await started();
      await publish();
      expect((await show(id)).step).toBe('deploy');
      await publish({ restore: 1 });
      const back = await show(id);
      expect(back).toMatchObject({ step: 'publish', mayDeploy: false });
      expect(back.alarms).toEqual([
        {
          code: 'pin_lost',
          severity: 'warning',
          message:
            'version 3, published by loopback, lacks the new pin of api.example.com, which version 2 had: publish again',
        },
      ]);
    });

    test('another request meanwhile, or two admins at once: one of them is refused', async () => {
      const both = await Promise.all([start(), start({ pin: leaf().pin })]);
      expect(both.map(({ status }) => status).sort()).not.toEqual([201, 201]);
      const won = both.find(({ status }) => status === 201)?.json;
      const other = problemOf(await start({ pin: leaf().pin }), 409, 'exists');
      expect(other.detail).toContain(`(${won.id}, started by loopback`);
      const headers = { 'if-match': '"another"' };
      problemOf(await ask('POST', `/rotations/${won.id}/steps`, { step: 'adopt' }, headers), 412, 'stale');
    });

    test('steps out of turn', async () => {
      const { id } = await started();
      for (const step of ['adopt', 'retire', 'finish']) {
        expect(problemOf(await take(id, step), 422, 'unprocessable').detail).toContain(
          'not yet: the rotation is at the step "publish"',
        );
      }
      expect(problemOf(await take(id, 'publish', { note: '5.4' }), 422, 'unprocessable').detail).toContain(
        'a signed configuration delivers',
      );
    });
  });

  describe('aborted', () => {
    const abort = async (id: string): Promise<Answer> =>
      ok(await ask('DELETE', `/rotations/${id}?note=lost+key`));

    test('before it is deployed: the pin goes, and another rotation can start', async () => {
      const { id } = await started();
      await publish();
      const { json } = await abort(id);
      expect(json.undone).toEqual([`${name}: the new pin was removed`]);
      expect(json.left[0]).toBe(
        'Version 2 still has the new pin for api.example.com, which harms nobody: it goes with the next publication',
      );
      expect(json.rotation).toMatchObject({ step: null, ended: { how: 'aborted', note: 'lost key' } });
      expect((await started({ pin: leaf().pin })).step).toBe('publish');
    });

    test('a backup that was pinned before stays', async () => {
      const { id } = await started({ pin: backup.pin });
      expect((await abort(id)).json).toMatchObject({
        undone: [],
        left: expect.arrayContaining([`${name} keeps the pin, because it had it before`]),
      });
    });

    test('once a server has the new key, its pin stays', async () => {
      const { id } = await started();
      await publish();
      await deploy(next, servers.slice(0, 1));
      const { json } = await abort(id);
      expect(json.undone).toEqual([]);
      expect(json.left[0]).toContain('because 127.0.0.1 (ecdsa) presents the new key');
    });
  });

  test('apps that ship their pins need a release, which a person reports', async () => {
    ok(await ask('PATCH', `/domains/${name}`, { deliver: { mode: 'off' } }));
    const { id, step, delivery } = await started();
    expect([step, delivery]).toEqual(['publish', 'release']);
    problemOf(await take(id, 'publish'), 422, 'unprocessable');
    const released = ok(await take(id, 'publish', { note: 'android 5.4' })).json;
    expect(released).toMatchObject({ step: 'adopt', released: { note: 'android 5.4' } });
    expect(codes(released.obstacles)).toEqual(['not_counted']);
    const pins = { text: nsc(old.pin, next.pin), appVersion: 'android 5.4' };
    ok(await ask('PUT', '/pin-sets/android-5.4', pins));
    expect(await show(id)).toMatchObject({ step: 'deploy', mayDeploy: true });
    await deploy(next);
    expect(ok(await take(id, 'retire')).json).toMatchObject({ step: null, ended: { how: 'finished' } });
  });

  test('domains that share the key are found, pinned and followed together', async () => {
    const shared = leaf([host, 'www.example.com']);
    await deploy(shared);
    ok(
      await ask('PUT', `/domains/${name}/pins`, {
        pins: [shared.pin, backup.pin],
        force: true,
        note: 'shared',
      }),
    );
    const other = await startTlsServer({ chains: [chainOf(shared)] });
    try {
      const www = `www.example.com:${other.port}`;
      const pins = [shared.pin, backup.pin];
      await add({ host: www, connect: ['127.0.0.1'], ca: rig.root.pem, pins });
      await probe(name, www);
      const plan = ok(await ask('POST', '/rotations/plans', { domain: name, pin: next.pin })).json;
      expect(plan.shared).toEqual([www]);
      const { id, endpointCount } = await started({ with: [www] });
      expect(endpointCount).toBe(3);
      expect(ok(await ask('GET', `/domains/${www}/pins`)).json.pins.at(-1).pin).toBe(next.pin);
      problemOf(
        await ask('POST', '/rotations', { domain: www, pin: leaf().pin, keyType: 'ecdsa' }),
        409,
        'exists',
      );
      await publish();
      const certificate = { pem: pemChain(chainOf(next)) };
      const checked = ok(await ask('POST', `/rotations/${id}/certificate`, certificate)).json;
      expect(checked.problems).toMatchObject([{ domain: www, code: 'host_name_mismatch' }]);
      ok(await ask('DELETE', `/domains/${www}`), 204);
      expect(codes((await show(id)).alarms)).toContain('domain_gone');
    } finally {
      await other.close();
    }
  });

  test('an ECDSA and an RSA key are two rotations, at the same time', async () => {
    const rsa = rig.issuing.leaf({ names: [host], algorithm: 'rsa-2048' });
    for (const server of servers) server.rotate([chainOf(old), chainOf(rsa)]);
    await probe();
    ok(await ask('POST', `/domains/${name}/pins`, { pin: rsa.pin }));
    const unclear = problemOf(await ask('POST', '/rotations/plans', { domain: name }), 422, 'unprocessable');
    expect(unclear.detail).toContain('presents ecdsa and rsa keys');
    const first = await started();
    expect(first).toMatchObject({ keyTypes: ['ecdsa'], retires: [old.pin], endpointCount: 2 });
    const second = await started({ pin: leaf().pin, keyType: 'rsa' });
    expect(second).toMatchObject({ keyTypes: ['rsa'], retires: [rsa.pin], endpointCount: 2 });
    expect(ok(await ask('GET', '/rotations')).json.rotations).toHaveLength(2);
  });

  test('a key of another type replaces the old one everywhere, not beside it', async () => {
    const rsa = rig.issuing.leaf({ names: [host], algorithm: 'rsa-2048' });
    for (const server of servers) server.rotate([chainOf(rsa)]);
    const pins = { pins: [rsa.pin, backup.pin], force: true, note: 'RSA so far' };
    ok(await ask('PUT', `/domains/${name}/pins`, pins));
    await probe();
    const { id, keyTypes, retires } = await started();
    expect([keyTypes, retires]).toEqual([['ecdsa', 'rsa'], [rsa.pin]]);
    await publish();
    for (const server of servers) server.rotate([chainOf(next), chainOf(rsa)]);
    await probe();
    expect(await show(id)).toMatchObject({ step: 'deploy', arrived: 2, endpointCount: 4 });
    await deploy(next);
    expect(await show(id)).toMatchObject({ step: 'retire', arrived: 2, endpointCount: 2 });
  });

  test('a domain from a file gets its pin there', async () => {
    account = `file-${count}`;
    const own = { host: name, connect: ['127.0.0.1'], pins: [old.pin, backup.pin] };
    const accounts = { [account]: { contacts: ['a@example.com'], domains: [own] } };
    const other = await rig.serve({ config: { accounts } });
    try {
      await probe();
      const { id, step, obstacles } = await started();
      expect(step).toBe('pin');
      expect(obstacles).toEqual([
        {
          code: 'provisioned',
          message: `${name} comes from pinwatch.yaml: add the pin there, then reload it`,
          override: 'nothing',
        },
      ]);
      expect(ok(await take(id, 'pin')).json.step).toBe('pin');
    } finally {
      await other.close();
    }
  });

  test('what makes no sense is refused with the reason', async () => {
    const refused = async (more: object) => problemOf(await start(more), 422, 'unprocessable').detail;
    expect(await refused({ pin: old.pin })).toContain('presents');
    problemOf(await start({ domain: 'missing.example.com' }), 404, 'not_found');
    problemOf(await start({ with: ['missing.example.com'] }), 404, 'not_found');
    problemOf(await ask('GET', '/rotations/unknown'), 404, 'not_found');
    problemOf(await ask('GET', '/rotations/%23'), 404, 'not_found');
  });

  test('an editor goes all the way but for the publication; a viewer only looks', async () => {
    const tokens = { editor: '', viewer: '' };
    const admin = await api.token(undefined, 'admin', undefined, `admin-${count}`);
    for (const role of ['editor', 'viewer'] as const) {
      tokens[role] = await api.token(admin, `account-${role}`, account, `${role}-${count}`);
    }
    try {
      const path = `/v1/accounts/${account}/rotations`;
      const body = { domain: name, pin: next.pin, keyType: 'ecdsa' };
      problemOf(await api.ask('POST', path, { token: tokens.viewer, body }), 404, 'not_found');
      const { id } = ok(await api.ask('POST', path, { token: tokens.editor, body }), 201).json;
      const seen = await api.ask('GET', `${path}/${id}`, { token: tokens.viewer });
      expect(ok(seen).json.startedBy).toBe(`editor-${count}`);
    } finally {
      const { tokens: all } = ok(await api.ask('GET', '/v1/tokens', { token: admin })).json;
      const others = all.filter(({ name: one }: { name: string }) => one !== `admin-${count}`);
      for (const { id } of others) ok(await api.ask('DELETE', `/v1/tokens/${id}`, { token: admin }), 204);
      const own = all.find(({ name: one }: { name: string }) => one === `admin-${count}`);
      ok(await api.ask('DELETE', `/v1/tokens/${own.id}`, { token: admin }), 204);
    }
  });

  test('a rotation that a newer version has written is refused, and not overwritten', async () => {
    const { id } = await started();
    const key = `pinwatch:{${account}}:rotations`;
    const text = (await rig.redis.hget(key, id)) ?? '';
    await rig.redis.hset(key, id, JSON.stringify({ ...JSON.parse(text), v: 99 }));
    expect((await ask('GET', `/rotations/${id}`)).status).toBe(500);
    await rig.redis.hset(key, id, text);
    expect((await show(id)).id).toBe(id);
  });
});

/** What an Android app ships. */
function nsc(...pins: readonly string[]): string {
  const lines = pins.map((pin) => `<pin digest="SHA-256">${pin.slice('sha256/'.length)}</pin>`);
  return `<network-security-config><domain-config><domain>${host}</domain><pin-set>${lines.join('')}</pin-set></domain-config></network-security-config>`;
}
