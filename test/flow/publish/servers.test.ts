import { webcrypto } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ChannelKeys, createChannelKeys } from '../../../lab/channel-keys.ts';
import { createAdminStore } from '../../../src/adapters/redis/admin-store.ts';
import { createPinSetStore } from '../../../src/adapters/redis/pin-set-store.ts';
import { createProvisioningStore } from '../../../src/adapters/redis/provisioning-store.ts';
import type { Observation } from '../../../src/core/observation.ts';
import { configurationOf } from '../../../src/core/version-payload.ts';
import type { Look } from '../../../src/flow/observe.ts';
import { checkConfig } from '../../../src/flow/publish/check-config.ts';
import { installKeys } from '../../../src/flow/publish/install-keys.ts';
import type { PublishPorts } from '../../../src/flow/publish/ports.ts';
import { publishConfig } from '../../../src/flow/publish/publish-config.ts';
import { renewConfigs } from '../../../src/flow/publish/renew.ts';
import { retireVersions } from '../../../src/flow/publish/retire-versions.ts';
import { makeBundle } from '../../../src/flow/sign/make-bundle.ts';
import type { Unreadable } from '../../../src/flow/unreadable.ts';
import type { Configuration } from '../../../verify/typescript/src/configuration.ts';
import { failed, intermediate, leaf, newLeaf, seen } from '../../support/observations.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';
import { type Server, startServer } from './server.ts';

function raise(): never {
  throw new Error('expected something else');
}

const actor = { name: 'alice', address: '192.0.2.1' };
const day = 86_400_000;
const pin = (letter: string) => `sha256/${letter.repeat(43)}=` as const;

requires('redis-server')('several servers on one store', () => {
  let server: RedisServer;
  let redis: Redis;
  let directory: string;
  let keys: ChannelKeys;
  let now: number;
  let account: string;
  let count = 0;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinwatch-publish-'));
    server = await startRedis();
    redis = new Redis(server.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.close();
    await rm(directory, { recursive: true });
  });
  beforeEach(async () => {
    count += 1;
    account = `acme-${count}`;
    keys = createChannelKeys();
    now = Date.parse('2026-11-27T00:00:00Z');
    const store = createAdminStore(redis);
    const entry = { at: '', by: '', from: null, action: 'account_created', target: '', detail: '' } as const;
    await store.saveAccount(account, null, { name: account, contacts: ['a@example.com'] }, entry);
    // Not pinned, so that nothing has to be probed.
    const domain = {
      host: 'api.example.com',
      port: 443,
      pins: [pin('A')],
      deliver: { mode: 'observe', sub: false },
    } as const;
    await store.saveDomain({ account, domain: 'api.example.com' }, null, domain, entry);
  });

  const start = (afterWrite: readonly string[] | null = null, name = `server-${Math.random()}`) =>
    startServer({ redis, keys, directory: join(directory, account, name), clock: () => now, afterWrite });

  async function install({ ports }: Server) {
    const request = { statement: await keys.statement(), roots: keys.roots };
    expect((await installKeys(account, request, actor, ports)).ok).toBe(true);
  }
  async function check({ ports }: Server, without: readonly `sha256/${string}`[] = []) {
    const found = await checkConfig(
      account,
      { restore: null, without },
      actor,
      ports,
      new AbortController().signal,
    );
    if (!found.ok) throw new Error(found.refusal.detail);
    return found.value.candidate;
  }
  const publication = (candidate: string, bundle: string | null = null) => ({
    ...{ candidate, note: '', force: false, allowUnpin: [], bundle },
  });
  const textOf = ({ channels }: Server) => channels.get(keys.channel)?.text ?? '';
  const fileOf = ({ directory: own }: Server) => readFile(join(own, 'c', keys.channel), 'latin1');

  test('a renewal has the same version and a higher date, and all serve one text', async () => {
    const [one, two] = [start(), start()];
    await install(one);
    const published = await publishConfig(account, publication((await check(one)).id), actor, one.ports);
    expect(published).toMatchObject({ ok: true });
    await two.channels.refresh('all');
    const before = textOf(one);
    expect([textOf(two), await fileOf(one), await fileOf(two)]).toEqual([before, before, before]);

    await renewConfigs([account], one.ports);
    expect(textOf(one)).toBe(before);
    now += day;
    // At once: signatures differ, and one of them is stored.
    await Promise.all([one, two].map(({ ports }) => renewConfigs([account], ports)));
    await Promise.all([one, two].map(({ channels }) => channels.refresh('changed')));
    const after = textOf(one);
    expect(after).not.toBe(before);
    expect([textOf(two), await fileOf(one), await fileOf(two)]).toEqual([after, after, after]);
    const renewals = [one, two].flatMap(({ told }) => told).filter(({ kind }) => kind === 'config_published');
    expect(renewals).toHaveLength(2);
    const old = await keys.verify(before);
    const fresh = await keys.verify(after, old.bundle?.held ?? null);
    expect(fresh).toMatchObject({
      outcome: 'accepted',
      bundle: { held: { version: 1, issuedAt: now / 1_000 } },
    });
    expect((await keys.verify(before, fresh.bundle?.held ?? null)).outcome).toBe('rollback');
  });

  test('of two publications at once one is made, and the other has to be checked again', async () => {
    const [one, two] = [start(), start()];
    await install(one);
    const candidates = [await check(one), await check(two)];
    const made = await Promise.all(
      [one, two].map(({ ports }, at) =>
        publishConfig(account, publication(candidates[at]?.id ?? ''), actor, ports),
      ),
    );
    expect(made.filter(({ ok }) => ok)).toHaveLength(1);
    expect(made.find(({ ok }) => !ok)).toMatchObject({ refusal: { kind: 'stale' } });
  });

  test('dates rise even if the clock was set back', async () => {
    const one = start();
    await install(one);
    await publishConfig(account, publication((await check(one)).id), actor, one.ports);
    const old = await keys.verify(textOf(one));
    now -= 30 * day;
    await publishConfig(account, publication((await check(one)).id), actor, one.ports);
    expect(await keys.verify(textOf(one), old.bundle?.held ?? null)).toMatchObject({
      outcome: 'accepted',
      bundle: { held: { version: 2 } },
    });
  });

  test('a store that was restored from a backup does not take apps back, and goes on above what they have', async () => {
    const one = start();
    await install(one);
    await publishConfig(account, publication((await check(one)).id), actor, one.ports);
    const key = `pinwatch:{${account}}:config`;
    const backup = await redis.hgetall(key);
    for (let times = 0; times < 2; times += 1)
      await publishConfig(account, publication((await check(one)).id), actor, one.ports);
    const newest = await keys.verify(textOf(one));
    await redis.hset(key, backup);
    await one.channels.refresh('all');
    expect((await keys.verify(textOf(one))).bundle?.held.version).toBe(3);
    // A renewal of what the store has would reach no app, so it says so instead.
    now += day;
    await renewConfigs([account], one.ports);
    expect(one.told.filter(({ kind }) => kind === 'config_failed')).toMatchObject([
      {
        reason: expect.stringMatching(
          /^apps get version 3 of generation 1, which the store does not have.*publish again$/,
        ),
      },
    ]);
    expect(one.told).not.toContainEqual(expect.objectContaining({ kind: 'config_published', renewed: true }));
    const candidate = await check(one);
    expect(candidate.version).toBe(4);
    await publishConfig(account, publication(candidate.id), actor, one.ports);
    expect((await keys.verify(textOf(one), newest.bundle?.held ?? null)).outcome).toBe('accepted');
  });

  test('a server that starts while the store is away serves its file', async () => {
    const one = start(null, 'steady');
    await install(one);
    await publishConfig(account, publication((await check(one)).id), actor, one.ports);
    const again = start(null, 'steady');
    await writeFile(join(again.directory, 'c', 'a'.repeat(26)), 'no bundle');
    await writeFile(join(again.directory, 'c', 'notes.txt'), 'no channel');
    await again.channels.load();
    expect(textOf(again)).toBe(textOf(one));
    expect([...again.channels.all()]).toHaveLength(1);
  });

  test('a command runs after each file, and again if it has failed', async () => {
    const script = join(directory, 'spread.sh');
    const log = join(directory, 'spread.log');
    await writeFile(
      script,
      `#!/bin/sh\nif [ -e ${log}.broken ]; then echo 'the store is away' >&2; exit 3; fi\necho "$1 $2" >>${log}\n`,
    );
    await chmod(script, 0o755);
    await writeFile(`${log}.broken`, '');
    const one = start([script, '--all']);
    await install(one);
    await publishConfig(account, publication((await check(one)).id), actor, one.ports);
    expect(one.told).toContainEqual({
      ...{ kind: 'config_not_spread', account },
      ...{ reason: `"${script}" failed: "the store is away"`, again: false },
    });
    await one.channels.spreadAgain();
    const failures = () => one.told.filter(({ kind }) => kind === 'config_not_spread');
    expect(failures()).toMatchObject([{ again: false }, { again: true }]);
    now += 3_600_000;
    await one.channels.spreadAgain();
    expect(failures()[2]).toMatchObject({ again: false });
    await rm(`${log}.broken`);
    await one.channels.spreadAgain();
    await one.channels.spreadAgain();
    expect(await readFile(log, 'utf8')).toBe(`--all ${join(one.directory, 'c', keys.channel)}\n`);
  });

  describe('the guard', () => {
    const host = 'www.example.com';
    const bad = seen({ presented: [newLeaf, intermediate] });
    /** Checks a domain of which each look sees the next of these. */
    async function checked(...looks: readonly Observation[]) {
      const one = start();
      await install(one);
      const domain = { host, port: 443, pins: [leaf.pin, pin('A')] };
      const entry = { at: '', by: '', from: null, action: 'domain_added', target: '', detail: '' } as const;
      await createAdminStore(redis).saveDomain({ account, domain: host }, null, domain, entry);
      const made: Look[] = [];
      const observeAll: PublishPorts['observeAll'] = async (_domain, look) => {
        made.push(look);
        return [looks[Math.min(made.length, looks.length) - 1] ?? seen()];
      };
      const { findings } = await check({ ...one, ports: { ...one.ports, observeAll } });
      return { made, findings };
    }

    test('looks once at what is well', async () => {
      expect(await checked(seen())).toEqual({ made: [{ remembered: [] }], findings: [] });
    });

    test('looks again at what is bad, as a sweep does, and says how often it was', async () => {
      const { made, findings } = await checked(bad, seen());
      expect(made).toHaveLength(5);
      expect(made[1]).toEqual({ again: ['192.0.2.1'] });
      expect(findings).toMatchObject([{ code: 'would_mismatch', domain: host }]);
      expect(findings[0]?.message).toBe(
        '1 of 1 endpoint would be refused: 192.0.2.1 (ecdsa) on 1 of 5 connections has no pinned key',
      );
    });

    test('looks once more at what could not be judged: a flicker stands against nothing', async () => {
      expect(await checked(failed('connection_timeout'), seen())).toMatchObject({
        made: [{}, { again: ['192.0.2.1'] }],
        findings: [],
      });
    });

    test('what fails twice stands against it', async () => {
      const { findings } = await checked(failed('connection_timeout'));
      expect(findings).toMatchObject([{ code: 'not_judged' }]);
    });
  });

  test('a renewal that fails is reported once for each reason, and again after an hour', async () => {
    const one = start();
    await install(one);
    await publishConfig(account, publication((await check(one)).id), actor, one.ports);
    let problem = 'no key here';
    const ports: PublishPorts = { ...one.ports, signer: () => ({ ok: false, problem }) };
    const renew = async () => {
      await renewConfigs([account], ports);
      return one.told.flatMap((told) => (told.kind === 'config_failed' ? [told.again] : [])).at(-1);
    };
    now += 2 * day;
    expect([await renew(), await renew()]).toEqual([false, true]);
    problem = 'another one';
    expect([await renew(), await renew()]).toEqual([false, true]);
    expect(one.ports.repeats.known(account)).toBe('another one');
    now += 3_600_000;
    expect(await renew()).toBe(false);
    await renewConfigs([account], one.ports);
    expect(one.ports.repeats.known(account)).toBeNull();
  });

  test('a version leaves the field after its time, and the domains are judged without it', async () => {
    const one = start();
    await install(one);
    const publishNext = async () => {
      const made = await publishConfig(account, publication((await check(one)).id), actor, one.ports);
      expect(made).toMatchObject({ ok: true });
    };
    const { pinSetStore, configStore } = one.ports;
    const judged = async () =>
      (await createPinSetStore(redis).pinSets(account)).published.map(({ name, held }) => [name, held]);
    await publishNext();
    expect(await judged()).toEqual([['config-1', undefined]]);
    now += day;
    await publishNext();
    expect(await judged()).toEqual([
      ['config-2', undefined],
      ['config-1', true],
    ]);
    const resolved: string[] = [];
    const ports = { ...one.ports, resolveSets: async (of: string) => void resolved.push(of) };
    now += 29 * day;
    await retireVersions([account], ports);
    expect([resolved, (await configStore.state(account))?.value.field]).toEqual([[], [1]]);
    now += 2 * day;
    await Promise.all([retireVersions([account], ports), retireVersions([account], ports)]);
    expect([resolved, (await configStore.state(account))?.value.field]).toEqual([[account], []]);
    expect(await judged()).toEqual([['config-2', undefined]]);
    // Until every domain has them.
    expect((await pinSetStore.pinSets(account)).pending).not.toBeNull();
  });

  test('what an older version has published is judged from the first look on', async () => {
    const one = start();
    await install(one);
    for (let times = 0; times < 2; times += 1)
      await publishConfig(account, publication((await check(one)).id), actor, one.ports);
    const stored = await one.ports.configStore.state(account);
    const { field: _unknown, ...state } = stored?.value ?? raise();
    expect(await one.ports.configStore.save(account, stored?.text ?? '', { state })).toBe('stored');
    await retireVersions([account], one.ports);
    expect((await one.ports.configStore.state(account))?.value.field).toEqual([1]);
  });

  test('what cannot be read of one account keeps no other from its renewal', async () => {
    const one = start();
    await install(one);
    await publishConfig(account, publication((await check(one)).id), actor, one.ports);
    const before = textOf(one);
    await redis.hset('pinwatch:{broken}:config', 'state', '{');
    now += day;
    await renewConfigs(['broken', account], one.ports);
    expect(textOf(one)).not.toBe(before);
    await redis.del('pinwatch:{broken}:config');
  });

  test('an unreadable state is answered with its own remedy', async () => {
    const one = start();
    await install(one);
    await redis.hset(`pinwatch:{${account}}:config`, 'state', '{');
    const { value } = await one.ports.configStore.state(account).then(raise, (error: Unreadable) => error);
    expect(value.remedy).toMatch(/^restore the field state of pinwatch:\{acme-\d+\}:config from a backup/);
    expect(value.remedy).toContain("Don't remove the account: its channel would be lost");
  });

  test('a bundle that was signed elsewhere is exactly what was checked, and is not renewed', async () => {
    const one = start();
    await install(one);
    const ports: PublishPorts = { ...one.ports, signer: () => ({ ok: false, problem: 'no key here' }) };
    const signedOf = async (payload: string, devices: Configuration['devices'] = []) => {
      const dates = { issuedAt: now / 1_000, expiresAt: (now + 14 * day) / 1_000 };
      const point = keys.signing.point;
      const roots = keys.roots.map((root) => Buffer.from(root, 'base64'));
      const statement = await keys.statement();
      const configuration = configurationOf(payload, dates);
      const made = await makeBundle(
        statement,
        [point],
        { ...configuration, devices },
        keys.signing.signer,
        roots,
        webcrypto.subtle,
      );
      return Buffer.from(made.bytes).toString('latin1');
    };
    const candidate = await check(one);
    const publish = (bundle: string) =>
      publishConfig(account, publication(candidate.id, bundle), actor, ports);
    const other = candidate.payload
      .replace('"observe"', '"off"')
      .replace(/"pins":\[[^\]]*\],?/, '')
      .replace(',}', '}');
    expect(await publish(await signedOf(other))).toMatchObject({
      refusal: { kind: 'unprocessable', detail: expect.stringContaining('exactly what was checked') },
    });
    const device = { hash: 'A'.repeat(43), until: now / 1_000 + 3_600, domains: null };
    const foreign = createChannelKeys(keys.channel);
    expect(await publish(`${await foreign.statement()}a.b.c\n`)).toMatchObject({
      refusal: { detail: expect.stringMatching(/^bundle: apps would refuse it: (unknown_root|malformed)/) },
    });
    // Its list of devices is made where it is signed.
    const bundle = await signedOf(candidate.payload, [device]);
    expect(await publish(bundle)).toMatchObject({ ok: true });
    expect(textOf(one)).toBe(bundle);
    now += 2 * day;
    await renewConfigs([account], ports);
    expect(textOf(one)).toBe(bundle);
    expect(one.told.filter(({ kind }) => kind === 'config_failed')).toHaveLength(2);
  });

  test('the channel outlives an account that the file no longer has, and a deleted one takes it along', async () => {
    const one = start();
    const provisioning = createProvisioningStore(redis);
    const name = `file-${account}`;
    const provisioned = { name, contacts: ['a@example.com'], domains: [], provisionedBy: 'pinwatch.yaml' };
    await provisioning.provision([provisioned]);
    const request = { statement: await keys.statement(), roots: keys.roots };
    expect((await installKeys(name, request, actor, one.ports)).ok).toBe(true);
    await provisioning.provision([]);
    await provisioning.provision([provisioned]);
    expect((await one.ports.configStore.state(name))?.value.channel).toBe(keys.channel);
    const store = createAdminStore(redis);
    const entry = { at: '', by: '', from: null, action: 'account_deleted', target: '', detail: '' } as const;
    const stored = await store.account(name);
    await store.saveAccount(name, stored?.text ?? '', null, entry);
    expect(await one.ports.configStore.state(name)).toBeNull();
    // Its channel is free again, for an account of another name.
    expect((await installKeys(account, request, actor, one.ports)).ok).toBe(true);
  });

  test('what was checked is fresh for 15 minutes', async () => {
    const one = start();
    await install(one);
    const { id } = await check(one);
    now += 15 * 60_000 + 1;
    expect(await publishConfig(account, publication(id), actor, one.ports)).toMatchObject({
      refusal: { kind: 'stale', detail: expect.stringContaining('older than 15 minutes') },
    });
  });

  test('a host that was removed since the check is never published', async () => {
    const one = start();
    await install(one);
    const { id } = await check(one);
    const ref = { account, domain: 'api.example.com' };
    const stored = await one.ports.adminStore.domain(ref);
    const entry = { at: '', by: '', from: null, action: 'domain_removed', target: '', detail: '' } as const;
    await createAdminStore(redis).saveDomain(ref, stored?.text ?? '', null, entry);
    const forced = { ...publication(id), force: true, note: 'x', allowUnpin: ['api.example.com'] };
    expect(await publishConfig(account, forced, actor, one.ports)).toMatchObject({
      refusal: { kind: 'guarded', detail: 'api.example.com: it was removed since the check' },
    });
  });
});
