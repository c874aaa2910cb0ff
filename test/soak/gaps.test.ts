import { beforeEach, expect, test } from 'vitest';
import { createGaps, type Gaps } from '../../soak/gaps.ts';

const intervalMs = 5_000;
let gaps: Gaps;
let now: number;
beforeEach(() => {
  gaps = createGaps(['a', 'b'], intervalMs);
  now = Date.now();
});

test('two intervals and the second in which a probe is written are fine, more is late', () => {
  gaps.probed('a', now);
  gaps.probed('a', now + 11_000);
  expect(gaps.late).toEqual([]);
  gaps.probed('a', now + 22_001);
  expect(gaps.late).toEqual([expect.stringMatching(/Z a: not probed for 11\.0 s$/)]);
  expect(gaps).toMatchObject({ probes: 3, longestMs: 11_001, takenOver: 0 });
});

test('a domain that is not probed any more is late, once', () => {
  gaps.probed('a', now);
  gaps.look(now + 12_000);
  gaps.look(now + 13_000);
  gaps.probed('a', now + 14_000);
  expect(gaps.late).toHaveLength(1);
});

test('what keeps pinwatch from probing at all counts from its end on', () => {
  gaps.probed('a', now - 60_000);
  const unheld = gaps.hold({ all: true, takeover: { forMs: 0, afterMs: 0 } });
  gaps.look(now + 1_000);
  unheld();
  gaps.probed('a', Date.now() + 10_000);
  expect(gaps.late).toEqual([]);
  gaps.probed('b', now - 60_000);
  gaps.look(Date.now() + 12_000);
  expect(gaps.late).toEqual([expect.stringContaining('b: not probed')]);
});

test('what a lost worker had in hand may take until it is taken over, and is counted', () => {
  gaps.probed('a', now);
  gaps.probed('b', now);
  gaps.hold({ all: false, takeover: { forMs: 30_000, afterMs: 0 } })();
  gaps.look(now + 20_000);
  gaps.probed('a', now + 35_000);
  expect(gaps).toMatchObject({ takenOver: 1, late: [] });
  gaps.probed('b', now + 45_000);
  expect(gaps.late).toEqual([expect.stringContaining('b: not probed for 45.0 s')]);
});

test('what is taken over late is late, however long the fault lasts', () => {
  gaps.probed('a', now);
  gaps.hold({ all: false, takeover: { forMs: 30_000, afterMs: 0 } });
  gaps.probed('a', now + 45_000);
  expect(gaps.late).toEqual([expect.stringContaining('a: not probed for 45.0 s')]);
});

test('waits until every domain was probed', async () => {
  const all = gaps.allProbed(new AbortController().signal);
  gaps.probed('a', now);
  gaps.probed('b', now);
  await all;
  const late = new AbortController();
  const never = gaps.allProbed(late.signal);
  gaps.probed('b', now);
  late.abort();
  await expect(never).rejects.toThrow('not probed: a');
});
