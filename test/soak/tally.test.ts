import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseOptions } from '../../soak/options.ts';
import { isGood, report } from '../../soak/report.ts';
import { addOutcomes, faultsOf, goOn, keep, nothing, sumOf } from '../../soak/tally.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pinwatch-soak-'));
});
afterEach(() => rm(directory, { recursive: true }));

const outcome = (name: string, silent: string | null = null) => ({
  ...{ name, silent, lane: 'store', from: 0, until: 2_000 },
});

test('a run goes on with the seed, the rounds and the counts of the run before', async () => {
  const first = parseOptions(['--seed', '7', '--domains', '16', '--dir', directory]);
  const tally = nothing(1);
  addOutcomes(tally, [outcome('Redis full'), outcome('SMTP down')]);
  tally.nextRound = 3;
  tally.counts.mails = 5;
  await keep(first, tally);
  const next = await goOn(parseOptions(['--resume', directory, '--faults', '50']));
  expect(next.options).toMatchObject({ seed: 7, domains: 16, faults: 50 });
  expect(next.tally).toEqual(tally);
  const own = nothing(next.tally.nextRound);
  addOutcomes(own, [outcome('Redis full')]);
  own.counts.mails = 2;
  const sum = sumOf(next.tally, own);
  expect(sum).toMatchObject({ nextRound: 3, counts: { mails: 7 } });
  expect(sum.faults['Redis full']).toEqual({ made: 2, ms: 4_000 });
  expect(faultsOf(sum)).toBe(3);
});

test('there has to be something to go on with', async () => {
  await expect(goOn(parseOptions(['--resume', directory]))).rejects.toThrow(
    /--resume: expected .*, found none in/,
  );
});

test('a report says that all is well, or what is not, with its moment and the command to repeat it', () => {
  const options = parseOptions(['--seed', '7']);
  const tally = nothing(1);
  addOutcomes(tally, [outcome('Redis full')]);
  const result = { tally, usage: [], skipped: ['disk of Redis full: only root can mount'] };
  expect(isGood(result)).toBe(true);
  expect(report(options, result)).toMatch(/^Redis full +1 +2\.0 s$/m);
  expect(report(options, result)).toMatch(/\nskipped: disk of Redis full: .*\n\nall counts hold$/);

  addOutcomes(tally, [outcome('SMTP down', 'not seen in time')]);
  expect(isGood(result)).toBe(false);
  const text = report(options, result);
  expect(text).toContain('silent: 1970-01-01T00:00:00.000Z SMTP down (store): not seen in time');
  expect(text).toContain('again: npm run soak -- --seed 7 ');
});
