import { afterAll, beforeAll, expect } from 'vitest';
import { freePort, tool } from '../../../lab/child.ts';
import type { Api } from '../../service/stage.ts';
import { requires, testRequiring } from '../../support/requires.ts';
import { type Admin, ended, environment, program, setAdmin } from './admin.ts';

const test = testRequiring('redis-server');

let admin: Admin;
let api: Api;
let other: Api;
beforeAll(async () => {
  admin = await setAdmin({ probesPerMinute: 8 });
  [api, other] = await Promise.all([
    admin.stage.api('api.example.com'),
    admin.stage.api('login.example.com'),
  ]);
  for (const account of ['acme', 'busy', 'ops']) {
    await admin.ok('account', 'create', account, '--contact', 'devops@example.com');
  }
  await admin.add('acme', api, '--pin', api.pins[0] ?? '');
  await admin.add('acme', other);
});
afterAll(() => admin.stage.close());

test('pins are added, listed and removed; the guard keeps the last one in use', async () => {
  const { ok, run } = admin;
  const [used = '', backup = ''] = api.pins;
  expect(await run(['pin', 'remove', 'acme', api.name, used])).toEqual({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(
      /^The apps would fail: no pin would be left: .*\nTo do it anyway: --force --note "why"\n$/,
    ),
  });
  expect(await ok('pin', 'add', 'acme', api.name, backup, '--note', 'in the safe')).toContain('loopback, ');
  expect(await ok('pin', 'list', 'acme', api.name)).toMatch(/in the safe/);
  await ok('probe', 'acme', api.name, '--wait', '20s');
  const removal = ['pin', 'remove', 'acme', api.name, used];
  expect(await run(removal)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('is the last pin that matches'),
  });
  expect(await run([...removal, '--force'])).toMatchObject({
    status: 64,
    stderr: '--force: expected a --note that says why, found none\n',
  });
  expect(await run(['pin', 'replace', 'acme', api.name, other.pins[0] ?? ''])).toMatchObject({ status: 1 });
  await ok('pin', 'replace', 'acme', api.name, used, backup, other.pins[1] ?? '');
  await ok('pin', 'remove', 'acme', api.name, other.pins[1] ?? '');
  const { pins } = JSON.parse(await ok('pin', 'list', 'acme', api.name, '--json'));
  expect(pins.map(({ pin }: { pin: string }) => pin)).toEqual([used, backup]);
  expect(await run(['pin', 'add', 'acme', api.name, 'sha1/x'])).toMatchObject({
    status: 64,
    stderr: expect.stringMatching(/^PIN: expected sha256\/ .* found "sha1\/x"/),
  });
  expect(await run(['pin', 'remove', 'acme', api.name, other.pins[1] ?? ''])).toMatchObject({ status: 2 });
});

test('probe waits and ends as check does; with --no-wait it gives ids, which probe show takes', async () => {
  const { ok, run } = admin;
  const ids = await ok('probe', 'acme', '--all', '--no-wait');
  expect(ids).toMatch(/^domain +state +probe\n/);
  const [, id = ''] = new RegExp(`^${api.name} +waiting +(\\S+)$`, 'm').exec(ids) ?? [];
  await ok('probe', 'acme', '--all');
  expect(await run(['probe', 'show', id])).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^OK {8}api\.example\.com:/),
  });
  const shown = await ok('probe', 'show', id, '--account', 'acme', '--json');
  expect(JSON.parse(shown)).toMatchObject({ id, domain: api.name, state: 'done', verdict: 'match' });
  expect(await run(['probe', 'show', 'pAAAAAAAAAAAA'])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^Not found: no probe "pAAAAAAAAAAAA"\. /),
  });
  expect(await run(['probe', 'acme', '--all', '--wait', '11m'])).toMatchObject({
    status: 64,
    stderr: '--wait: expected at most 10m, found "11m"\n',
  });
  const well = await run(['probe', 'acme', '--all', '--wait', '20s', '--json']);
  expect(well).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(well.stdout).probes).toHaveLength(2);
  expect(JSON.parse(well.stdout).probes[0]).toMatchObject({
    state: 'done',
    verdict: 'match',
    check: { verdict: 'match' },
  });

  api.server.rotate([api.strange]);
  const broken = await run(['probe', 'acme', api.name, '--wait', '20s']);
  expect(broken).toMatchObject({ status: 1, stdout: expect.stringMatching(/^FAIL {6}api\.example\.com:/) });

  expect(await run(['probe', 'acme'])).toMatchObject({
    status: 64,
    stderr: 'expected a DOMAIN, or --all for all of them\n',
  });
  expect(await run(['probe', 'acme', 'nothing.example.com'])).toMatchObject({ status: 2 });
});

test('an incident is listed, shown, acknowledged, and in the history when it is over', async () => {
  const { ok, run } = admin;
  const { incidents } = JSON.parse(await ok('incident', 'list', 'acme', '--json'));
  expect(incidents).toEqual([expect.objectContaining({ domain: api.name, kind: 'pin_mismatch' })]);
  const id: string = incidents[0].incident;
  expect(await ok('incident', 'list', 'acme')).toContain('pin_mismatch');
  expect(await ok('incident', 'show', 'acme', id)).toMatch(/^FAIL {6}api/m);
  expect(await ok('incident', 'show', 'acme', id.slice(0, 4))).toMatch(/^FAIL {6}api/m);
  expect(await run(['incident', 'acknowledge', 'acme', id])).toMatchObject({ status: 64 });
  expect(await ok('incident', 'acknowledge', 'acme', id, '--note', 'on it')).toMatch(
    / {10}acknowledged by loopback at \S+Z: on it\n$/,
  );
  expect(await run(['incident', 'show', 'acme', 'nothing'])).toMatchObject({ status: 2 });

  api.server.rotate([api.chain]);
  await ok('probe', 'acme', api.name, '--wait', '20s');
  expect(await ok('incident', 'list', 'acme')).toBe('no open incidents\n');
  expect(await ok('domain', 'history', 'acme', api.name)).toMatch(/closed {2}pin_mismatch/);
  const trail = await ok('audit', 'acme', '--limit', '1');
  expect(trail).toMatch(/incident_acknowledged {2}acme\//);
  expect(await ok('audit')).toContain('account_created');
  expect(await run(['audit', 'nobody'])).toMatchObject({ status: 2 });
});

test('too many requests for probes: it says when to try again', async () => {
  const { ok, run } = admin;
  for (let count = 0; count < 8; count += 1) await ok('probe', 'busy', '--all');
  expect(await run(['probe', 'busy', '--all'])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(
      /too many requests for this account: try again in (1 minute|\d+ seconds?)\n$/,
    ),
  });
});

test('what cannot be determined in time is 2', async () => {
  const { ok, run } = admin;
  const port = await freePort();
  await ok('domain', 'add', 'ops', `127.0.0.1:${port}`, '--pin', api.pins[0] ?? '', '--no-local-probe');
  // Nothing is answered within a millisecond.
  expect(await run(['probe', 'ops', '--all', '--wait', '1ms'])).toMatchObject({
    status: 2,
    stdout: expect.stringMatching(
      /^domain +verdict +findings\n127\.0\.0\.1:\d+ +no answer yet +probe \S+\n$/,
    ),
    stderr: expect.stringMatching(/^1 of 1 probe not answered within 1ms\./),
  });
  const result = await run(['probe', 'ops', '--all', '--wait', '20s']);
  expect(result).toMatchObject({ status: 2, stdout: expect.stringMatching(/^UNKNOWN/) });
});

requires('script', 'redis-server')('on a terminal', () => {
  const onTerminal = (args: readonly string[], more: Readonly<Record<string, string>> = {}) => {
    const command = [process.execPath, program, ...args].join(' ');
    const env = environment(admin.stage.directory, { PINWATCH_URL: admin.url, ...more });
    return ended([tool('script'), '-qec', command, '/dev/null'], { cwd: admin.stage.directory, env });
  };

  test('many probes show their progress, and it is gone at the end', async () => {
    await admin.add('ops', other);
    const { status, stdout } = await onTerminal(['probe', 'ops', '--all', '--wait', '20s']);
    expect(status).toBe(2);
    expect(stdout).toContain('\r\u001b[K[                              ] 0/2 probing 2 domains');
    expect(stdout).toContain('\r\u001b[K[##############################] 2/2 probing 2 domains');
    const table = stdout.slice(stdout.lastIndexOf('\r\u001b[K'));
    expect(table).toContain('\u001b[32mmatch\u001b[0m');
    expect(await onTerminal(['domain', 'list', 'ops'], { NO_COLOR: '1' })).toMatchObject({
      stdout: expect.not.stringContaining('\u001b'),
    });
  });
});
