import { execFile } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { tool } from '../../../lab/child.ts';
import { createDetail } from '../../../src/adapters/metrics/detail.ts';
import { renderDomains, renderOverview } from '../../../src/adapters/metrics/exposition.ts';
import { blankStatus, type DomainStatus } from '../../../src/core/domain-status.ts';
import type { Overview } from '../../../src/flow/overview.ts';
import { requires } from '../../support/requires.ts';

const minute = 60_000;
const now = Date.UTC(2026, 10, 27);
const rules = { intervalMs: 15 * minute, expiringWithinMs: 14 * 86_400_000 };

/** Of a domain without any problem, except for these values. */
function status(values: Partial<DomainStatus> = {}): DomainStatus {
  return {
    ...blankStatus,
    ...{ verdict: 'match', trusted: true, endpoints: 2, pins: 2, backupPins: 1 },
    ...{ lastProbeAt: now, lastConclusiveAt: now, earliestNotAfter: now + 30 * 86_400_000 },
    ...values,
  };
}

const row = (domain: string, of: DomainStatus, account = 'acme') => ({ account, domain, status: of });
const probedAt = (at: number) => ({ lastProbeAt: at, lastConclusiveAt: at });

describe('only domains with something wrong', () => {
  const detail = () => createDetail({ shows: 'problems', ...rules }, () => now);
  const shown = async (domains: Overview['domains']) =>
    (await detail()(domains)).shown.map(({ domain }) => domain);

  test.each<[string, Partial<DomainStatus>]>([
    ['an open incident', { open: ['certificate_expiring'] }],
    ['settings that cannot be read', { unreadable: true }],
    ['an inconclusive probe', { lastConclusiveAt: now - 1 }],
    ['distrust', { trusted: false }],
    ['an endpoint that mismatched', { mismatched: 1 }],
    ['an endpoint that could not be judged', { failed: 1 }],
    ['a certificate that ends', { earliestNotAfter: now + 13 * 86_400_000 }],
    ['no backup pin', { backupPins: 0 }],
    ['no probe for two intervals', probedAt(now - 32 * minute)],
    ['no probe ever', probedAt(0)],
  ])('%s', async (_, values) => {
    expect(await shown([row('well', status()), row('this', status(values))])).toEqual(['this']);
  });

  test.each<[string, Partial<DomainStatus>]>([
    ['no pins', { pins: 0, backupPins: 0 }],
    ['unknown trust', { trusted: null }],
    ['no certificate seen', { earliestNotAfter: 0 }],
    ['a late probe', probedAt(now - 30 * minute)],
  ])('and not %s', async (_, values) => {
    expect(await shown([row('well', status()), row('this', status(values))])).toEqual([]);
  });

  test('that nothing at all is probed is no trouble of each domain', async () => {
    const old = status(probedAt(now - 86_400_000));
    expect(await shown([row('a', old), row('b', old)])).toEqual([]);
  });

  test('when it is many, the open incidents are shown, and the totals count all of them', async () => {
    const down = Array.from({ length: 10_500 }, (_, at) =>
      row(`down-${at}`, status({ lastConclusiveAt: now - 1 })),
    );
    const broken = row('broken', status({ open: ['pin_mismatch'] }));
    const view = await detail()([...down, row('well', status()), broken, row('other', status(), 'umbrella')]);
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
    const well = row('api.example.com', status());
    const broken = row('api.example.com', status({ open: ['pin_mismatch'] }));
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
    row('api.example.com', status()),
    row('broken.example.com:8443', status({ open: ['pin_mismatch'] })),
    row('[2001:db8::1]', status(), 'with "quotes" and \\'),
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
    expect(problems.all).toContain(`pinwatch_newest_probe_timestamp_seconds ${now / 1000}\n`);
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
