import { expect, test } from 'vitest';
import { createFairShare } from '../../src/flow/fair-share.ts';

const half = () => 0.5;

test('an account that was alone for an hour holds every place; before, others may wait behind it', () => {
  const share = createFairShare(8, half);
  for (let job = 0; job < 4; job += 1) expect(share.enter('a', `${job}`, 0)).toBeNull();
  expect(share.enter('a', '4', 0)).toBeGreaterThan(0);
  for (let job = 4; job < 8; job += 1) expect(share.enter('a', `${job}`, 4_000_000)).toBeNull();
});

test('the only account holds every place from the start', () => {
  let isOnly = true;
  const share = createFairShare(4, half, () => isOnly);
  for (let job = 0; job < 4; job += 1) expect(share.enter('a', `${job}`, 0)).toBeNull();
  share.leave('a', '3', 1);
  isOnly = false;
  expect(share.enter('a', '4', 1)).toBeGreaterThan(0);
});

test('next to another account it holds half of them, and the other finds a place at once', () => {
  const share = createFairShare(8, half);
  share.enter('b', 'first', 0);
  share.leave('b', 'first', 10);
  for (let job = 0; job < 4; job += 1) expect(share.enter('a', `${job}`, 20)).toBeNull();
  expect(share.enter('a', '4', 20)).toBeGreaterThan(0);
  expect(share.enter('b', 'second', 20)).toBeNull();
  share.leave('a', '0', 30);
  expect(share.enter('a', '4', 30)).toBeNull();
});

test('no place is kept for an account that was not probed for an hour', () => {
  const share = createFairShare(4, half);
  share.enter('b', 'first', 0);
  share.leave('b', 'first', 10);
  for (let job = 0; job < 4; job += 1) expect(share.enter('a', `${job}`, 4_000_000)).toBeNull();
});

test('one place is enough for each', () => {
  const share = createFairShare(1, half);
  expect(share.enter('a', '1', 0)).toBeNull();
  share.leave('a', '1', 1);
  expect(share.enter('b', '1', 2)).toBeNull();
});

test('thousands of slow jobs all run, each tried a few times', () => {
  let seed = 1;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const share = createFairShare(50, random);
  share.enter('other', 'job', 0);
  share.leave('other', 'job', 1);
  // A queue of events: jobs that are due, and jobs that end 10 s after they started.
  const events: [at: number, job: number, ends: boolean][] = Array.from({ length: 2_000 }, (_, job) => [
    2,
    job,
    false,
  ]);
  let looks = 0;
  let done = 0;
  let now = 0;
  while (events.length > 0) {
    let next = 0;
    for (let index = 1; index < events.length; index += 1)
      if ((events[index]?.[0] ?? 0) < (events[next]?.[0] ?? 0)) next = index;
    const [at, job, ends] = events.splice(next, 1)[0] ?? [0, 0, false];
    now = at;
    if (ends) {
      share.leave('slow', `${job}`, now);
      done += 1;
      continue;
    }
    looks += 1;
    const wait = share.enter('slow', `${job}`, now);
    events.push(wait === null ? [now + 10_000, job, true] : [now + wait, job, false]);
  }
  expect(done).toBe(2_000);
  expect(looks / done).toBeLessThan(6);
  // 25 places at 10 s each would take 800 s without a gap.
  expect(now).toBeLessThan(1_800_000);
});
