import { expect, test } from 'vitest';
import { createAuthFailures, type FailureReport, sourceOf } from '../../../src/flow/admin/auth-failures.ts';

function started() {
  const told: FailureReport[] = [];
  return { told, failures: createAuthFailures((report) => told.push(report)) };
}

test('a few failures are answered at once, many one after another, and very many not at all', () => {
  const { failures } = started();
  const waits = Array.from({ length: 100 }, () => failures.refused('192.0.2.1', 0));
  expect(waits.every((ms) => ms === 0)).toBe(true);
  // At once, from many connections.
  const more = Array.from({ length: 400 }, () => failures.refused('192.0.2.1', 0));
  expect(more.slice(0, 4)).toEqual([0, 100, 200, 300]);
  const waiting = more.filter((ms) => ms !== null);
  expect(Math.max(...waiting)).toBeLessThanOrEqual(10_000);
  expect(more.at(-1)).toBeNull();
  // Another source is not affected.
  expect(failures.refused('192.0.2.2', 0)).toBe(0);
});

test('a persistent source gets one answer a second, and is forgiven as slowly', () => {
  const { failures } = started();
  let now = 0;
  let answered = 0;
  while (now < 600_000) {
    const wait = failures.refused('192.0.2.1', now);
    expect(wait).not.toBeNull();
    now += (wait ?? 0) + 1;
    answered += 1;
  }
  expect(answered).toBeLessThan(1_000);
  expect(failures.refused('192.0.2.1', now + 400_000)).toBe(0);
});

test('each source is reported at once, then once a minute with a count', () => {
  const { told, failures } = started();
  for (let count = 0; count < 50; count += 1) failures.refused('192.0.2.1', count);
  failures.refused('192.0.2.2', 50);
  expect(told).toEqual([
    { source: '192.0.2.1', failures: 1, sources: 1 },
    { source: '192.0.2.2', failures: 1, sources: 1 },
  ]);
  expect(failures.reports(60_000)).toEqual([{ source: '192.0.2.1', failures: 49, sources: 1 }]);
  expect(failures.reports(120_000)).toEqual([]);
  failures.refused('192.0.2.1', 130_000);
  expect(told).toHaveLength(3);
});

test('lines are bounded however many sources there are, and every failure is counted', () => {
  const { told, failures } = started();
  let sent = 0;
  for (let source = 0; source < 25_000; source += 1) {
    failures.refused(`10.0.${source >> 8}.${source & 255}`, source);
    sent += 1;
  }
  for (let again = 0; again < 10; again += 1) {
    failures.refused('10.0.97.100', 25_000 + again);
    sent += 1;
  }
  const reports = [...told, ...failures.reports(60_000)];
  expect(told).toHaveLength(20);
  expect(reports.length).toBeLessThanOrEqual(41);
  expect(reports.reduce((sum, report) => sum + report.failures, 0)).toBe(sent);
  expect(reports.find(({ source }) => source === '10.0.97.100')).toMatchObject({ failures: 11 });
  expect(reports.at(-1)?.source).toBeNull();
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::1', '::1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8::/64'],
])('%s counts as %s', (address, source) => {
  expect(sourceOf(address)).toBe(source);
});
