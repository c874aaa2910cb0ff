import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type ChannelKeys, createChannelKeys } from '../../lab/channel-keys.ts';
import { accountKeys, storeKey } from '../../src/adapters/redis/keys.ts';
import { needsAccount, roles } from '../../src/core/access.ts';
import { restoringSchema } from '../../src/core/store-schema.ts';
import { requires } from '../support/requires.ts';
import type { Service } from '../support/service.ts';
import { type Api, entryOf, machinePart, probed, type Stage, setStage, told } from './stage.ts';

/** Services start several times, and tell what they see. */
const slowMs = 180_000;

requires('redis-server')('a store that is backed up, lost and restored', () => {
  let stage: Stage;
  let redis: Redis;
  let config: string;
  beforeEach(async () => {
    stage = await setStage();
    redis = new Redis(stage.redis.url, { maxRetriesPerRequest: null });
  });
  afterEach(async () => {
    redis.disconnect();
    await stage.close();
  });

  const file = (name: string) => join(stage.directory, name);
  const store = (...words: string[]) => stage.command(['store', ...words, '--config', config]);

  async function ask(service: Service, method: string, path: string, token?: string, body?: object) {
    const { address } = await service.line('listening');
    const answer = await fetch(`${address}/v1${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      etag: answer.headers.get('etag'),
      text,
      json: /^[{[]/.test(text) ? JSON.parse(text) : null,
    };
  }

  async function done(...request: Parameters<typeof ask>) {
    const { status, text, json } = await ask(...request);
    expect(status, `${request[1]} ${request[2]}: ${text}`).toBeLessThan(300);
    return json;
  }

  /** All that the API and the metrics show of everything, but for when a token was used. */
  async function shown(service: Service, token: string): Promise<Record<string, unknown>> {
    const found: Record<string, unknown> = {};
    const look = async (path: string) => {
      found[path] = await done(service, 'GET', path, token);
      return found[path] as Record<string, Record<string, string>[]>;
    };
    const { tokens = [] } = await look('/tokens');
    found['/tokens'] = tokens.map(({ lastUsedAt: _, ...others }) => others);
    await look('/audit');
    const { accounts } = await done(service, 'GET', '/accounts', token);
    for (const account of accounts as string[]) {
      const of = `/accounts/${account}`;
      for (const part of ['', '/pin-sets', '/rotations', '/incidents', '/audit', '/config/adoption']) {
        await look(`${of}${part}`);
      }
      const { domains = [] } = await look(`${of}/domains`);
      for (const { name: domain } of domains) {
        await look(`${of}/domains/${domain}`);
        await look(`${of}/domains/${domain}/pins`);
      }
      if (account === 'bank')
        for (const part of ['', '/versions/1', '/devices']) await look(`${of}/config${part}`);
      if (account === 'shop') await look(`${of}/pin-sets/android-5.2`);
    }
    const config = found['/accounts/bank/config'] as { watch: { lookedAt: string } };
    expect(config.watch.lookedAt).toMatch(/Z$/);
    config.watch.lookedAt = 'every second';
    const { address } = await service.line('listening');
    const scraped = await fetch(`${address}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    // Not known until the draft was first compared.
    const lines = (await scraped.text()).split('\n').filter((line) => !line.includes('_draft_differs{'));
    found.metrics = lines.filter(
      (line) => line.includes('account="') || line.startsWith('pinwatch_incidents_open'),
    );
    return found;
  }

  /** One account of each kind: from the file, by the API, with pin sets, private roots, incidents, a configuration. */
  async function fill(service: Service, keys: ChannelKeys, apis: Record<string, Api>) {
    const ca = await readFile(file('root.pem'), 'utf8');
    const add = async (account: string, { name, pins }: Api) => {
      await done(service, 'POST', `/accounts/${account}/domains`, undefined, {
        host: name,
        connect: ['127.0.0.1'],
        ca,
        pins,
      });
      await done(service, 'POST', `/accounts/${account}/probes?wait=20s`, undefined, {});
    };
    for (const name of ['shop', 'bank', 'late']) {
      await done(service, 'POST', '/accounts', undefined, { name, contacts: [`${name}@example.com`] });
    }
    const { open, muted, published, late } = apis as Record<'open' | 'muted' | 'published' | 'late', Api>;

    open.server.rotate([open.strange]);
    await add('shop', open);
    expect(told(await stage.mail())).toEqual([`opened ${open.name} pin_mismatch`]);
    const { incidents } = await done(service, 'GET', '/accounts/shop/incidents');
    const acknowledge = `/accounts/shop/incidents/${incidents[0].incident}/acknowledge`;
    await done(service, 'POST', acknowledge, undefined, { note: 'known' });
    await add('shop', muted);
    const until = new Date(Date.now() + 3_600_000).toISOString();
    await done(service, 'PUT', `/accounts/shop/domains/${muted.name}/mute`, undefined, { until });
    const digests = muted.pins.map((pin) => `<pin digest="SHA-256">${pin.slice('sha256/'.length)}</pin>`);
    const text = `<network-security-config><domain-config><domain>${muted.host}</domain><pin-set>${digests.join('')}</pin-set></domain-config></network-security-config>`;
    await done(service, 'PUT', '/accounts/shop/pin-sets/android-5.2', undefined, { text });

    await add('bank', published);
    const bank = '/accounts/bank/config';
    await done(service, 'PUT', `${bank}/keys`, undefined, {
      statement: await keys.statement(),
      roots: keys.roots,
    });
    const { candidate } = await done(service, 'POST', `${bank}/checks`, undefined, {});
    await done(service, 'POST', `${bank}/versions`, undefined, { candidate, note: 'first' });
    const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    await done(service, 'PUT', `${bank}/adoption/${yesterday}`, undefined, {
      versions: [{ version: 1, installs: 9 }],
    });
    await done(service, 'POST', '/accounts/bank/rotations', undefined, {
      ...{ domain: published.name, pin: published.strange[0]?.pin, keyType: 'ecdsa', note: 'yearly' },
    });
    await done(service, 'POST', `${bank}/devices`, undefined, {
      id: 'device-of-a-tester',
      for: '8h',
      note: 'a test',
    });

    expect((await stage.mail()).to).toEqual(['bank@example.com']);

    // Its mail is owed: refused, but not for good.
    stage.smtp.fail('late@example.com', 451);
    late.server.rotate([late.strange]);
    await add('late', late);
    await service.line('mail_failed_temporary');

    const tokens: Record<string, string> = {};
    for (const role of roles) {
      const account = needsAccount(role) ? 'shop' : null;
      const made = await done(service, 'POST', '/tokens', tokens.admin, {
        name: role,
        role,
        ...(account === null ? {} : { account }),
      });
      tokens[role] = made.token;
    }
    return tokens;
  }

  test(
    'is the same as before: API, metrics, tokens, incidents, owed mail and signed configurations',
    async () => {
      const names = ['file', 'open', 'muted', 'published', 'late'];
      const apis = Object.fromEntries(
        await Promise.all(names.map(async (name) => [name, await stage.api(`${name}.example.com`)] as const)),
      );
      const keys = createChannelKeys();
      keys.install(file('keys'), 'bank');
      config = await stage.configure([entryOf(apis.file as Api)], {
        interval: '1h',
        publish: { keyDir: 'keys', watchEvery: '1s' },
      });
      const service = stage.start({ config });
      await service.line('working');
      const tokens = await fill(service, keys, apis);
      const admin = tokens.admin ?? '';
      const before = await shown(service, admin);
      const owed = await redis.hkeys(accountKeys('late').letters);
      expect(owed).toHaveLength(1);

      // While it runs.
      const made = await store('backup', file('backup.jsonl'), '--json');
      expect(made, made.stderr).toMatchObject({ status: 0, stderr: '' });
      const { bytes, ...counts } = JSON.parse(made.stdout);
      expect(counts).toMatchObject({ accounts: 4, domains: 5, tokens: roles.length, skipped: [] });
      const found = await stat(file('backup.jsonl'));
      expect([found.mode & 0o777, found.size]).toEqual([0o600, bytes]);
      const text = await readFile(file('backup.jsonl'), 'utf8');
      // `pw_<id>_<secret>`; the secret may have an underscore, too.
      for (const token of Object.values(tokens))
        expect(text).not.toContain(token.slice('pw_0123456789ab_'.length));

      const early = await store('restore', file('backup.jsonl'), '--replace', '--yes');
      expect(early).toMatchObject({ status: 2, stdout: '' });
      expect(early.stderr).toMatch(
        /^Nothing was done: \d+ connections of running pinwatch processes found: stop every/,
      );
      expect(await shown(service, admin)).toEqual(before);
      // More is published, which the backup does not know.
      const held = await keys.verify((await service.get(`/c/${keys.channel}`)).text);
      await service.stop();
      const used = await store('restore', file('backup.jsonl'));
      expect(used).toMatchObject({ status: 2, stdout: '' });
      expect(used.stderr).toBe(
        `The store is not empty: it has 4 accounts, 5 domains, ${roles.length} tokens, 2 open incidents and 1 owed notice. Nothing was done: --replace would remove all of it.\n`,
      );
      const unasked = await store('restore', file('backup.jsonl'), '--replace');
      expect(unasked).toMatchObject({ status: 64, stderr: expect.stringContaining('--yes is required') });

      await redis.flushall();
      const restored = await store('restore', file('backup.jsonl'));
      expect(restored, restored.stderr).toMatchObject({ status: 0, stderr: '' });
      expect(restored.stdout).toContain('revoked after the backup is valid again');
      expect(restored.stdout).toMatch(
        /^bank: version 1 of its configuration is the last .* the next version is above 51\.$/m,
      );

      const again = stage.start({ config });
      await again.readiness(200);
      expect(again.lines.filter(({ event }) => event === 'store_closed')).toEqual([]);
      const after = await shown(again, admin);
      const { audit } = after['/audit'] as { audit: object[] };
      expect(audit.shift()).toMatchObject({
        ...{ action: 'store_restored', by: 'local', from: null, target: 'store' },
        detail: expect.stringMatching(/^a backup of \S+Z with 4 accounts and 5 domains$/),
      });
      expect(after).toEqual(before);
      for (const [role, token] of Object.entries(tokens)) {
        expect(await done(again, 'GET', '/me', token)).toMatchObject({ role });
      }
      // What was owed has the Message-ID that it would have had, and comes once.
      stage.smtp.fail('late@example.com', null);
      const mail = await stage.mail();
      expect(mail.to).toEqual(['late@example.com']);
      expect(told(mail)).toEqual([`opened ${apis.late?.name} pin_mismatch`]);
      expect(mail.mail.messageId).toContain(owed[0] ?? 'an id');

      // The incident goes on, and only its end is told.
      const [{ incident }] = (await done(again, 'GET', '/accounts/shop/incidents', admin)).incidents;
      apis.open?.server.rotate([apis.open.chain]);
      await done(again, 'POST', '/accounts/shop/probes?wait=20s', admin, {});
      const end = await stage.mail();
      expect(machinePart(end).transitions).toMatchObject([{ incident, transition: 'closed' }]);

      // Apps may have up to 50 later versions: the next one is above them.
      const bank = '/accounts/bank/config';
      const { candidate } = await done(again, 'POST', `${bank}/checks`, admin, {});
      expect(
        await done(again, 'POST', `${bank}/versions`, admin, { candidate, note: 'after the restore' }),
      ).toMatchObject({ version: 52 });
      expect(held.bundle).not.toBeNull();
      const next = await keys.verify((await again.get(`/c/${keys.channel}`)).text, held.bundle?.held ?? null);
      expect(next).toMatchObject({ outcome: 'accepted', bundle: { configuration: { version: 52 } } });
      expect(stage.smtp.received.filter(({ to }) => to.includes('late@example.com'))).toHaveLength(1);
    },
    slowMs,
  );

  test(
    'takes no version back from apps: a later one stays, and the next is above it, with or without stateDir',
    async () => {
      const api = await stage.api('api.example.com');
      const keys = createChannelKeys();
      keys.install(file('keys'), 'acme');
      const more = { interval: '1h', publish: { keyDir: 'keys' } };
      config = await stage.configure([entryOf(api)], more);
      const publish = async (service: Service) => {
        const { candidate } = await done(service, 'POST', '/accounts/acme/config/checks', undefined, {});
        const request = { candidate, note: 'a test' };
        const { version } = await done(service, 'POST', '/accounts/acme/config/versions', undefined, request);
        return { version, text: (await service.get(`/c/${keys.channel}`)).text };
      };
      const service = stage.start({ config });
      await probed(service, [api.name], 'match');
      const path = '/accounts/acme/config/keys';
      await done(service, 'PUT', path, undefined, { statement: await keys.statement(), roots: keys.roots });
      await publish(service);
      expect(await store('backup', file('backup.jsonl'))).toMatchObject({ status: 0 });
      const later = await publish(service);
      expect(later.version).toBe(2);
      const held = (await keys.verify(later.text)).bundle?.held ?? null;
      await service.stop();

      for (const stateDir of ['state', 'empty']) {
        config = await stage.configure([entryOf(api)], { ...more, stateDir: file(stateDir) });
        expect(await store('restore', file('backup.jsonl'), '--replace', '--yes')).toMatchObject({
          status: 0,
        });
        const again = stage.start({ config });
        await again.readiness(200);
        const text = await vi.waitUntil(
          async () => {
            const answer = await again.get(`/c/${keys.channel}`);
            return answer.status === 200 && answer.text;
          },
          { timeout: 30_000, interval: 50 },
        );
        // Without its state, the server knows only the old one, which apps refuse.
        if (stateDir === 'state') expect(text).toBe(later.text);
        else expect(await keys.verify(text, held)).toMatchObject({ outcome: 'rollback' });
        const next = await publish(again);
        expect(next.version).toBe(52);
        expect(await keys.verify(next.text, held)).toMatchObject({ outcome: 'accepted' });
        await again.stop();
      }
    },
    slowMs,
  );

  test('half restored is used by no process, and restored again', async () => {
    config = await stage.configure([]);
    const first = stage.start({ config });
    await first.line('working');
    await done(first, 'POST', '/accounts', undefined, { name: 'shop', contacts: ['shop@example.com'] });
    await first.stop();
    expect(await store('backup', file('backup.jsonl'))).toMatchObject({ status: 0 });
    // As a restore leaves it that is killed.
    await redis.flushall();
    await redis.hset(storeKey, 'schema', restoringSchema);
    await redis.sadd('pinwatch:accounts', 'half');
    for (const role of ['run', 'worker'] as const) {
      const refused = stage.start({ config, role });
      expect(await refused.exited).toBe(69);
      expect(refused.lines.at(-1)).toMatchObject({
        event: 'refused',
        msg: expect.stringContaining('a restore was not finished: run "pinwatch store restore" to the end'),
      });
    }
    for (const words of [['adopt'], ['backup', file('other.jsonl')]]) {
      const { status, stderr } = await store(...words);
      expect([words, status]).toEqual([words, 2]);
      expect(stderr).toContain('a restore was not finished');
    }
    await expect(stat(file('other.jsonl'))).rejects.toThrow('ENOENT');
    expect(await store('restore', file('backup.jsonl'))).toMatchObject({ status: 0 });
    expect((await redis.smembers('pinwatch:accounts')).sort()).toEqual(['acme', 'shop']);
    const next = stage.start({ config });
    await next.readiness(200);
  });

  test('on the Redis that "run" starts: beside it, and then without it', async () => {
    config = await stage.configure([], { redis: {} });
    const first = stage.start({ config });
    await first.line('working');
    await done(first, 'POST', '/accounts', undefined, { name: 'shop', contacts: ['shop@example.com'] });
    expect(await store('backup', file('backup.jsonl'))).toMatchObject({ status: 0 });
    expect(await store('restore', file('backup.jsonl'), '--replace', '--yes')).toMatchObject({ status: 2 });
    await done(first, 'POST', '/accounts', undefined, { name: 'later', contacts: ['later@example.com'] });
    await first.stop();
    const restored = await store('restore', file('backup.jsonl'), '--replace', '--yes', '--json');
    expect(JSON.parse(restored.stdout)).toMatchObject({ accounts: 2, replaced: { accounts: 3 } });
    const next = stage.start({ config });
    await next.readiness(200);
    expect(await done(next, 'GET', '/accounts')).toEqual({ accounts: ['acme', 'shop'] });
  });

  test('is not touched by a file that is cut off, changed or missing', async () => {
    config = await stage.configure([]);
    const service = stage.start({ config });
    await service.line('working');
    await service.stop();
    expect(await store('backup', file('backup.jsonl'))).toMatchObject({ status: 0 });
    const text = await readFile(file('backup.jsonl'), 'utf8');
    const lines = text.split('\n').length - 1;
    await writeFile(file('cut.jsonl'), text.slice(0, -30));
    await writeFile(file('changed.jsonl'), text.replace('devops@', 'evil@'));
    await redis.flushall();
    for (const [name, problem] of [
      ['cut.jsonl', `line ${lines}: expected a JSON object, found `],
      ['changed.jsonl', `line ${lines}: end: expected a file of SHA-256 `],
      ['missing.jsonl', 'cannot be read: ENOENT'],
    ] as const) {
      for (const more of [[], ['--dry-run']]) {
        const { status, stdout, stderr } = await store('restore', file(name), ...more);
        expect([name, status, stdout]).toEqual([name, 64, '']);
        expect(stderr).toContain(`"${file(name)}": ${problem}`);
      }
    }
    const whole = await store('restore', file('backup.jsonl'), '--dry-run', '--json');
    expect(JSON.parse(whole.stdout)).toMatchObject({ dryRun: true, accounts: 1, domains: 0, tokens: 0 });
    expect(await redis.keys('*')).toEqual([]);
    const unwritten = await store('backup', join(stage.directory, 'none', 'backup.jsonl'));
    expect(unwritten.stderr).toMatch(
      /^".*none.backup\.jsonl" cannot be written: no such folder \(ENOENT\)\n$/,
    );
    expect(unwritten.status).toBe(2);
  });
});
