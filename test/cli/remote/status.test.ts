import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect } from 'vitest';
import { createRegionStore } from '../../../src/adapters/redis/regions.ts';
import type { Api } from '../../service/stage.ts';
import { testRequiring } from '../../support/requires.ts';
import { type Admin, setAdmin } from './admin.ts';

const test = testRequiring('redis-server');

let admin: Admin;
let well: Api;
let hurt: Api;
beforeAll(async () => {
  admin = await setAdmin();
  [well, hurt] = await Promise.all([
    admin.stage.api('api.example.com'),
    admin.stage.api('login.example.com'),
  ]);
  for (const [account, api] of [
    ['acme', well],
    ['globex', hurt],
  ] as const) {
    await admin.ok('account', 'create', account, '--contact', 'devops@example.com');
    await admin.add(account, api, ...api.pins.flatMap((pin) => ['--pin', pin]));
    await admin.ok('probe', account, '--all', '--wait', '20s');
  }
});
afterAll(() => admin.stage.close());

test('status: nothing, then what is wrong in any account, worst first, with the exit status of the worst', async () => {
  const { ok, run } = admin;
  const calm = await run(['status']);
  expect(calm).toMatchObject({ status: 0, stderr: '' });
  expect(calm.stdout).toMatch(
    /^watch {5}2 domains; last sweep \S+ ago, next in \d+[ms];\s+1\s+worker\nnothing is wrong\n$/,
  );

  await hurt.server.rotate([hurt.strange]);
  await run(['probe', 'globex', '--all', '--wait', '20s']);
  const broken = await run(['status']);
  expect(broken).toMatchObject({ status: 1, stderr: '' });
  expect(broken.stdout).toMatch(
    new RegExp(`^globex +${hurt.name} +mismatch +\\d+s ago +in \\d+d +pin_mismatch$`, 'm'),
  );
  expect(broken.stdout).not.toContain(well.name);
  expect(JSON.parse((await run(['status', '--json'])).stdout)).toMatchObject({
    watch: { late: false, noticesPending: expect.any(Number) },
    domains: 2,
    problems: [{ account: 'globex', domain: hurt.name, harm: 'fail', open: ['pin_mismatch'] }],
    more: 0,
  });

  const incidents = await ok('incident', 'list');
  expect(incidents).toMatch(/^account +incident +domain +kind +severity +since +note\n/);
  expect(incidents).toMatch(
    new RegExp(`^globex +\\S+ +${hurt.name} +pin_mismatch +critical +\\d+s ago`, 'm'),
  );
  const domains = await ok('domain', 'list');
  expect(domains).toMatch(/^account +domain +verdict +pins +probed +expires +open\n/);
  expect(domains).toMatch(new RegExp(`^acme +${well.name} +match +2 +\\d+s ago +in \\d+d$`, 'm'));
  expect(domains).toMatch(new RegExp(`^globex +${hurt.name} +mismatch .* pin_mismatch$`, 'm'));
  const { domains: wrong } = JSON.parse(await ok('domain', 'list', '--verdict', 'mismatch', '--json'));
  expect(wrong).toMatchObject([{ account: 'globex', name: hurt.name }]);

  await ok('domain', 'mute', 'globex', hurt.name, '--for', '1h');
  const muted = await run(['status']);
  expect(muted.status).toBe(0);
  expect(muted.stdout).toContain('pin_mismatch, muted until ');
  await ok('domain', 'unmute', 'globex', hurt.name);
});

test('status lists the regions if there are several; one without workers is not well', async () => {
  const { run } = admin;
  const redis = new Redis(admin.stage.redis.url);
  const store = createRegionStore(redis);
  await store.announce('elsewhere', 'eu-west');
  const there = await run(['status']);
  expect(there.stdout).toMatch(/^region {4}default: 1 worker\nregion {4}eu-west: 1 worker$/m);
  await store.leave('elsewhere', 'eu-west');
  const away = await run(['status']);
  expect(away.stdout).toMatch(/^region {4}eu-west: no worker answers, nobody looks from there$/m);
  expect(JSON.parse((await run(['status', '--json'])).stdout).watch.regions).toEqual([
    { region: 'default', workers: 1 },
    { region: 'eu-west', workers: 0 },
  ]);
  redis.disconnect();
});

test("an account's token sees its own, and nothing of the others' mail", async () => {
  const { ok, run } = admin;
  await ok('token', 'create', 'alice', '--role', 'admin');
  const made = await run([
    'token',
    'create',
    'v',
    '--role',
    'account-viewer',
    '--account',
    'acme',
    '--local',
    '--config',
    admin.config,
  ]);
  const { status, stdout } = await run(['status', '--json'], { PINWATCH_TOKEN: made.stdout.trim() });
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ watch: { noticesPending: null }, domains: 1, problems: [] });
});
