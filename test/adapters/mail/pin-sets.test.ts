import { expect, test } from 'vitest';
import { renderLetter } from '../../../src/adapters/mail/render.ts';
import type { AppliedRule, AppliedSet } from '../../../src/core/applied-set.ts';
import type { Observation } from '../../../src/core/observation.ts';
import type { Pin } from '../../../src/core/pin.ts';
import { blankRecord, recordProbe } from '../../../src/core/record.ts';
import { judgeLooks } from '../../../src/core/verdict.ts';
import { day, intermediate, leaf, newLeaf, now, pinOf, rules, seen } from '../../support/observations.ts';
import { letter } from './letters.ts';
import { expectInOrder } from './order.ts';

const backup = pinOf('backup');
const minute = 60_000;

function set(
  name: string,
  appVersion: string,
  pins: readonly Pin[],
  rule: Partial<AppliedRule> = {},
): AppliedSet {
  const allOf = [{ at: 'path' as const, anyOf: pins }];
  return {
    name,
    source: 'imported',
    appVersion,
    trust: 'platform',
    rules: [{ allOf, enforce: true, ...rule }],
  };
}

const android52 = set('android-5.2', 'android 5.2', [leaf.pin, backup]);
const android53 = set('android-5.3', 'android 5.3', [newLeaf.pin, backup]);
const ios31 = set('ios-3.1', 'ios 3.1', [leaf.pin]);
const rotated = seen({ presented: [newLeaf, intermediate] });

interface Step {
  readonly sets: readonly AppliedSet[];
  readonly see: readonly Observation[];
}

/** The mail of the last of some probes. */
function mailOf(pins: readonly Pin[], ...steps: readonly Step[]) {
  let record = blankRecord;
  let at = now;
  let transitions: Parameters<typeof letter>[0] = [];
  for (const { sets, see } of steps) {
    const domain = { host: 'api.example.com', port: 443, pins, pinSets: sets };
    const looks = Array.from({ length: 5 }, () => see);
    const judgement = judgeLooks(domain, looks, at, rules.expiringWithinMs);
    const made = recordProbe(record, { account: 'acme', judgement, sweep: String(at), at, domain }, rules);
    ({ record, transitions } = made);
    at += 15 * minute;
  }
  const { subject, text, json } = renderLetter(letter(transitions), { from: 'pinwatch@example.com' });
  return { subject, text: text.replace(/\s+/g, ' '), json: JSON.parse(json) };
}

test('says which app versions fail and which connect, with a remedy for each', () => {
  const mail = mailOf([newLeaf.pin, backup], { sets: [android52, android53, ios31], see: [rotated] });
  expect(mail.subject).toBe(
    'api.example.com: pin mismatch - CRITICAL: apps android-5.2 and ios-3.1 cannot connect [acme]',
  );
  expectInOrder(mail.text, [
    'CRITICAL: apps android-5.2 and ios-3.1 cannot connect to api.example.com',
    'Do first: put the previous certificate and key back on 192.0.2.1 (ecdsa)',
    "android 5.2 and ios 3.1 cannot connect to api.example.com; apps with the registry's pins and android 5.3 can.",
    'Does not match: android-5.2 and ios-3.1.',
    'pinned by own and android-5.3',
    'android 5.2 (pin set android-5.2): cannot connect.',
    'ios 3.1 (pin set ios-3.1): cannot connect.',
    'android 5.3 (pin set android-5.3): matches.',
    'Repair the apps first',
    `${leaf.pin} (android-5.2 and ios-3.1)`,
    'android 5.2 and ios 3.1 have their pins built in.',
    'pinwatch pin-set import acme NAME FILE',
    'pinwatch pin-set remove acme android-5.2',
    'pinwatch check api.example.com --pins-from android-5.2.txt',
  ]);
  expect(mail.text).not.toContain('pinwatch pin add');
  const [transition] = mail.json.transitions;
  expect(
    transition.check.pinSets.map(({ name, verdict }: { name: string; verdict: string }) => [name, verdict]),
  ).toEqual([
    ['own', 'match'],
    ['android-5.2', 'mismatch'],
    ['android-5.3', 'match'],
    ['ios-3.1', 'mismatch'],
  ]);
  expect(transition.check.findings[0].pinSets).toEqual(['android-5.2', 'ios-3.1']);
});

test('says where, if a version fails on some endpoints only', () => {
  const two = seen({ address: '192.0.2.2', presented: [newLeaf, intermediate] });
  const { subject, text } = mailOf([], { sets: [android52], see: [seen(), two] });
  expect(subject).toContain('apps android-5.2 cannot connect (1 of 2 endpoints)');
  expect(text).toContain(
    'android 5.2 cannot connect to api.example.com. Some fail only when they reach 192.0.2.2 (ecdsa)',
  );
});

test('the recovery names a set that a person has removed', () => {
  const open = { sets: [android52, android53], see: [rotated] };
  const { subject, text } = mailOf([], open, { sets: [android53], see: [rotated] });
  expect(subject).toBe(
    'api.example.com: pin mismatch - RESOLVED: its pin sets were changed, not its server [acme]',
  );
  expect(text).toContain(
    'It closed because pin sets were changed in pinwatch: android-5.2 was removed. The server was not changed',
  );
});

test('the recovery of the server reads as ever', () => {
  const open = { sets: [android52, android53], see: [rotated] };
  const both = set('android-5.3', 'android 5.3', [newLeaf.pin, leaf.pin]);
  const { subject } = mailOf(
    [],
    { ...open, sets: [android52, both] },
    { sets: [android52, both], see: [seen()] },
  );
  expect(subject).toBe('api.example.com: pin mismatch - RESOLVED: apps can connect again [acme]');
});

test('pins that end by date', () => {
  const ending = set('old', 'android 4.0', [leaf.pin, backup], { until: now + 3 * day, then: 'open' });
  const { subject, text } = mailOf([], { sets: [ending], see: [seen()] });
  expect(subject).toBe('api.example.com: pins expiring - WARNING: the pins of old end soon [acme]');
  expectInOrder(text, [
    'WARNING: api.example.com: the pins of old end soon',
    'Apps connect now. Installed apps keep the date that they shipped with',
    'the pins of old end in 3 days, at 2026-11-25T04:10:54Z: it accepts any key from then on',
    'Release a version of the app whose pins end later',
    'pinwatch pin-set remove acme old',
  ]);
});
