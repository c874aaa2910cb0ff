import { expect, test } from 'vitest';
import { appOutcome } from '../../src/core/app-outcome.ts';
import type { Severity } from '../../src/core/finding.ts';
import { judge } from '../../src/core/verdict.ts';
import { failed, leaf, now, pinOf, seen } from '../support/observations.ts';

const domain = { host: 'api.example.com', port: 443 };
const outcome = (pins: Parameters<typeof judge>[0]['pins'], observations: Parameters<typeof judge>[1]) =>
  appOutcome(judge({ ...domain, pins }, observations, now, 0).check);

test('apps connect, fail or are not known to do either, with and without pins', () => {
  const pins = [leaf.pin];
  const distrusted = seen({ problem: 'CERT_HAS_EXPIRED' });
  expect(outcome(pins, [seen()])).toBe('connect');
  expect(outcome([], [seen()])).toBe('connect');
  expect(outcome([pinOf('another')], [seen()])).toBe('fail');
  for (const some of [pins, []]) {
    expect(outcome(some, [distrusted])).toBe('fail');
    expect(outcome(some, [seen(), failed('connection_refused', '192.0.2.2')])).toBe('connect');
    expect(outcome(some, [failed('connection_refused')])).toBe('unknown');
  }
});

test('apps fail over what is critical, and over nothing less', () => {
  const { check } = judge({ ...domain, pins: [leaf.pin] }, [seen()], now, 0);
  const withFinding = (severity: Severity) =>
    appOutcome({ ...check, findings: [{ code: 'platform_refused', severity, message: '' }] });
  expect(withFinding('critical')).toBe('fail');
  expect(withFinding('warning')).toBe('connect');
  expect(withFinding('info')).toBe('connect');
});
