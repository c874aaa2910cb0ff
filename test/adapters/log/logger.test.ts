import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { createLogger, logHappening } from '../../../src/adapters/log/logger.ts';
import type { Happening } from '../../../src/flow/journal.ts';

/** What one happening writes. */
function lineOf(happening: Happening): Record<string, unknown> {
  const destination = new PassThrough();
  logHappening(createLogger('debug', false, destination), happening);
  const lines = String(destination.read()).trim().split('\n');
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? '');
}

const ref = { account: 'acme', domain: 'api.example.com' };
type Probed = Extract<Happening, { kind: 'probed' }>;
const probed = (more: Partial<Probed>) =>
  lineOf({
    ...{ kind: 'probed', ref, verdict: 'match', isNew: true, seconds: 0.1, confirmed: false },
    ...{ apps: 'yes', codes: [], failures: [] },
    ...more,
  });

test('on a terminal an event is one line, with what it is about', () => {
  const destination = new PassThrough();
  const log = createLogger('info', true, destination);
  log.warn({ event: 'redis_in_use', folder: 'var/redis', redisPid: 4242 }, 'waiting for it to end');
  log.error({ event: 'crash', stack: 'Error: x\n    at y' }, 'x');
  const text = stripVTControlCharacters(String(destination.read()));
  expect(text.trimEnd().split('\n')).toHaveLength(2);
  expect(text).toMatch(/^\[\d\d:\d\d:\d\d\] WARN: waiting for it to end \{.*"redisPid":4242.*\}\n/);
});

test('a target that policy forbids names the setting', () => {
  const forbidden = {
    verdict: 'inconclusive',
    apps: 'unknown',
    codes: ['unreachable'],
    failures: ['target_forbidden'],
  };
  expect(probed(forbidden as Partial<Probed>).msg).toMatch(/network\.allow/);
});

test('a probe that found apps locked out is a warning', () => {
  expect(probed({ verdict: 'mismatch', apps: 'some', codes: ['pin_mismatch'] }).level).toBe('warn');
  expect(probed({ apps: 'no', codes: ['chain_untrusted'], isNew: false }).level).toBe('warn');
  expect(probed({ codes: ['no_backup_pin'] }).level).toBe('info');
  expect(probed({ verdict: 'inconclusive', apps: 'unknown', codes: ['unreachable'] }).level).toBe('info');
});

test('a probe that found nothing new is logged at debug level', () => {
  const known = { isNew: false };
  expect(probed(known).level).toBe('debug');
  expect(probed({ ...known, codes: ['no_backup_pin', 'platform_refused'] }).level).toBe('debug');
  expect(probed({ ...known, verdict: 'unpinned' }).level).toBe('debug');
  expect(probed({ ...known, failures: ['connection_timeout'] }).level).toBe('info');
  expect(probed({ ...known, verdict: 'inconclusive', apps: 'unknown' }).level).toBe('info');
});

test('an inconclusive probe says why', () => {
  expect(
    probed({ verdict: 'inconclusive', codes: ['unreachable'], failures: ['dns_not_found'] }),
  ).toMatchObject({
    msg: 'api.example.com: inconclusive (unreachable: dns_not_found)',
    failures: ['dns_not_found'],
  });
  expect(
    probed({ codes: ['endpoint_failed', 'no_backup_pin'], failures: ['tls_alert', 'connection_reset'] }),
  ).toMatchObject({
    msg: 'api.example.com: match (endpoint_failed, no_backup_pin: tls_alert, connection_reset)',
  });
  expect(probed({}).msg).toBe('api.example.com: match');
});

test('one is singular', () => {
  const sweep = (domains: number, late: number) =>
    lineOf({ kind: 'swept', sweep: '1', domains, late, seconds: 0 });
  expect(sweep(1, 0)).toMatchObject({ level: 'info', msg: 'sweep over 1 domain' });
  expect(sweep(3, 1)).toMatchObject({ level: 'warn', msg: 'sweep over 3 domains, 1 of them late' });
  const provisioned = (accounts: number, domains: number) =>
    lineOf({ kind: 'provisioned', accounts, domains, added: 0, changed: 0, removed: 0 }).msg;
  expect(provisioned(1, 1)).toBe('1 domain of 1 account provisioned');
  expect(provisioned(2, 0)).toBe('0 domains of 2 accounts provisioned');
  const mail = { kind: 'delivered', account: 'acme', letter: 'a', recipient: 'a@example.com' } as const;
  expect(lineOf({ ...mail, outcome: 'sent', detail: '250 ok', notices: 1, delays: [1] }).msg).toBe(
    'mail to a@example.com, 1 notice: 250 ok',
  );
});
