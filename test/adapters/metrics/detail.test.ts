import { execFile } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { tool } from '../../../lab/child.ts';
import { createDetail } from '../../../src/adapters/metrics/detail.ts';
import { renderDomains, renderOverview } from '../../../src/adapters/metrics/exposition.ts';
import { type DomainStatus, domainSeries } from '../../../src/core/series.ts';
import type { Overview } from '../../../src/flow/overview.ts';
import { requires } from '../../support/requires.ts';

const minute = 60_000;
const now = Date.UTC(2026, 10, 27);
const rules = { intervalMs: 15 * minute, expiringWithinMs: 14 * 86_400_000 };

type Gauges = Partial<Record<(typeof domainSeries)[number]['name'], number | null>>;

/** Of a domain that everything is well with, but for these. */
function status(gauges: Gauges, more: Partial<DomainStatus> = {}): DomainStatus {
  const well: Gauges = {
    probe_success: 1,
    chain_trusted: 1,
    endpoints: 2,
    pins: 2,
    backup_pins: 1,
    certificate_not_after_timestamp_seconds: (now + 30 * 86_400_000) / 1000,
    last_probe_timestamp_seconds: now / 1000,
    last_conclusive_probe_timestamp_seconds: now / 1000,
  };
  const gaugeOf = (name: keyof Gauges) => (name in gauges ? gauges[name] : well[name]) ?? 0;
  const values = domainSeries.map(({ name }) => (gauges[name] === null ? null : gaugeOf(name)));
  return { values, open: [], verdict: 'match', ...more };
}

const row = (domain: string, of: DomainStatus, account = 'acme') => ({ account, domain, status: of });
const seconds = (ms: number) => ms / 1000;

describe('only domains with something wrong', () => {
  const detail = () => createDetail({ shows: 'problems', ...rules }, () => now);
  const shown = async (domains: Overview['domains']) =>
    (await detail()(domains)).shown.map(({ domain }) => domain);

  test.each<[string, Gauges, Partial<DomainStatus>?]>([
    ['an open incident', {}, { open: ['certificate_expiring'] }],
    ['settings that cannot be read', {}, { unreadable: true }],
    ['an inconclusive probe', { probe_success: 0 }],
    ['a mismatch', { pin_mismatch: 1 }],
    ['distrust', { chain_trusted: 0 }],
    ['an endpoint that mismatched', { endpoints_mismatched: 1 }],
    ['an endpoint that could not be judged', { endpoints_failed: 1 }],
    ['a certificate that ends', { certificate_not_after_timestamp_seconds: seconds(now + 13 * 86_400_000) }],
    ['no backup pin', { backup_pins: 0 }],
    ['no probe for two intervals', { last_probe_timestamp_seconds: seconds(now - 32 * minute) }],
    ['no probe ever', { last_probe_timestamp_seconds: 0, probe_success: 0 }],
  ])('%s', async (_, gauges, more) => {
    expect(await shown([row('well', status({})), row('this', status(gauges, more))])).toEqual(['this']);
  });

  test.each<[string, Gauges]>([
    ['no pins', { pins: 0, backup_pins: 0 }],
    ['no word on trust', { chain_trusted: null }],
    ['no certificate seen', { certificate_not_after_timestamp_seconds: 0 }],
    ['a probe that is late', { last_probe_timestamp_seconds: seconds(now - 30 * minute) }],
  ])('and not %s', async (_, gauges) => {
    expect(await shown([row('well', status({})), row('this', status(gauges))])).toEqual([]);
  });

  test('that nothing at all is probed is no trouble of each domain', async () => {
    const old = status({ last_probe_timestamp_seconds: seconds(now - 86_400_000) });
    expect(await shown([row('a', old), row('b', old)])).toEqual([]);
  });

  test('when it is many, the open incidents are shown, and the totals count all of them', async () => {
    const down = Array.from({ length: 10_500 }, (_, at) => row(`down-${at}`, status({ probe_success: 0 })));
    const broken = row('broken', status({ pin_mismatch: 1 }, { open: ['pin_mismatch'] }));
    const view = await detail()([
      ...down,
      row('well', status({})),
      broken,
      row('other', status({}), 'umbrella'),
    ]);
    expect(view.shown).toHaveLength(10_000);
    expect(view.shown[0]).toBe(broken);
    expect([...view.accounts]).toEqual([
      ['acme', { domains: 10_502, problems: 10_501 }],
      ['umbrella', { domains: 1, problems: 0 }],
    ]);
    expect(view.open.get('pin_mismatch')).toBe(1);
    expect(view.newestProbeAt).toBe(now);
  });

  test('one that is well again is shown for ten minutes more', async () => {
    let at = now;
    const view = createDetail({ shows: 'problems', ...rules }, () => at);
    const well = row('api.example.com', status({}));
    const broken = row('api.example.com', status({ pin_mismatch: 1 }, { open: ['pin_mismatch'] }));
    const isShown = async (one: Overview['domains'][number]) => (await view([one])).shown.length === 1;
    expect(await isShown(well)).toBe(false);
    expect(await isShown(broken)).toBe(true);
    at += 10 * minute - 1;
    expect(await isShown(well)).toBe(true);
    at += 1;
    expect(await isShown(well)).toBe(false);
  });
});

describe('as text', () => {
  const domains = [
    row('api.example.com', status({})),
    row('broken.example.com:8443', status({ pin_mismatch: 1 }, { open: ['pin_mismatch'] })),
    row('[2001:db8::1]', status({}), 'with "quotes" and \\'),
  ];
  const overview: Overview = {
    domains,
    noticesPending: 0,
    sweepStartedAt: now,
    nextSweepAt: now,
    queues: [],
  };
  const lines = async (shows: 'all' | 'problems') => {
    const view = await createDetail({ shows, ...rules }, () => now)(domains);
    return { all: await text(renderOverview(overview, view)), own: await text(renderDomains(view)) };
  };

  test('the totals are those of all domains, whichever are shown', async () => {
    const [all, problems] = [await lines('all'), await lines('problems')];
    const totals = (whole: string) => whole.split('\n').filter((line) => !line.includes('domain="'));
    expect(totals(problems.all)).toEqual(totals(all.all));
    expect(all.all.match(/^pinwatch_pin_mismatch\{/gm)).toHaveLength(3);
    expect(problems.all.match(/^pinwatch_pin_mismatch\{.*$/gm)).toEqual([
      'pinwatch_pin_mismatch{account="acme",domain="broken.example.com:8443"} 1',
    ]);
    expect(problems.own).toContain('pinwatch_account_domains{account="acme"} 2\n');
    expect(problems.own).toContain('pinwatch_account_problem_domains{account="acme"} 1\n');
    expect(problems.all).toContain(`pinwatch_newest_probe_timestamp_seconds ${seconds(now)}\n`);
    expect(problems.all).toContain('pinwatch_incidents_open{kind="pin_mismatch"} 1\n');
  });

  test('every series stands once, and those of one metric together', async () => {
    const names = (await lines('all')).all.split('\n').filter((line) => !line.startsWith('#'));
    expect(new Set(names).size).toBe(names.length);
    const metrics = names.map((line) => /^\w*/.exec(line)?.[0]);
    const changes = metrics.filter((name, at) => name !== metrics[at - 1]);
    expect(new Set(changes).size).toBe(changes.length);
  });

  requires('promtool')('for Prometheus', () => {
    test.each(['all', 'problems'] as const)('%s is accepted by its parser', async (shows) => {
      const linted = promisify(execFile)(tool('promtool'), ['check', 'metrics']);
      linted.child.stdin?.end((await lines(shows)).all);
      expect((await linted).stderr).toBe('');
    });
  });
});
