import { expect, test } from 'vitest';
import type { Transition } from '../../src/core/incident.ts';
import { tellableAt } from '../../src/core/transition-times.ts';
import { transition } from '../adapters/redis/domains.ts';
import { now, pinOf } from '../support/observations.ts';

const [before, ahead] = [now - 60_000, now + 2 * 3_600_000].map((ms) => new Date(ms).toISOString());

function notedAt(time = ''): Transition {
  const pins = [
    { pin: pinOf('new'), by: 'alice', at: time, note: null },
    { pin: pinOf('old'), by: null, at: null, note: null },
  ];
  const recovery = { cause: 'pins' as const, pins };
  return { ...transition('one'), since: time, at: time, lastWell: time, recovery };
}

test('past times are told unchanged', () => {
  const past = notedAt(before);
  expect(tellableAt(past, now)).toEqual(past);
  const { lastWell: _lastWell, recovery: _recovery, ...plain } = past;
  expect(tellableAt(plain, now)).toEqual(plain);
  const again = { ...plain, recovery: { cause: 'server' as const } };
  expect(tellableAt(again, now)).toEqual(again);
});

test('future times become now, except the dates of certificates', () => {
  const told = tellableAt(notedAt(ahead), now);
  const moment = tellableAt(notedAt(ahead), now).since;
  expect(Date.parse(moment)).toBe(now);
  expect(told).toEqual(notedAt(moment));
  expect(told.check).toEqual(notedAt().check);
});
