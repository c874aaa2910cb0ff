import { expect, test } from 'vitest';
import { sighted } from '../../src/core/blind-incident.ts';
import { advanceRegions } from '../../src/core/region-blind.ts';

const minute = 60_000;

test('a region may have the name of something that every object has', () => {
  const there = { name: 'eu-west', workers: 1, silentMs: 0 };
  const away = { name: 'constructor', workers: 0, silentMs: 60 * minute };
  const look = { account: 'acme', at: 1e12, intervalMs: 15 * minute, own: { domains: 1, seen: 1 } };
  const rules = { remindEveryMs: 1e9 };
  const opened = advanceRegions(sighted, { ...look, regions: [away, there] }, rules);
  expect(opened.transitions).toMatchObject([{ transition: 'opened', blind: { region: 'constructor' } }]);
  const again = advanceRegions(opened.record, { ...look, regions: [away, there] }, rules);
  expect(again.transitions).toEqual([]);
  const back = advanceRegions(opened.record, { ...look, regions: [{ ...away, workers: 1 }, there] }, rules);
  expect(back.transitions).toMatchObject([{ transition: 'closed' }]);
  expect(back.record).toEqual(sighted);
});
