import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readPins } from '../../../../src/adapters/pin-formats/read-pins.ts';
import { pinWriter } from '../../../../src/adapters/pin-formats/write/pin-writer.ts';
import { applySet, demandOf } from '../../../../src/core/applied-set.ts';
import type { HostPattern } from '../../../../src/core/host-pattern.ts';
import { type PinFormat, pinFormats } from '../../../../src/core/pin-format.ts';
import { certificatePinFromHex, type PinHash } from '../../../../src/core/pin-hash.ts';
import type { PinList, PinRule, PinRules, PinSet } from '../../../../src/core/pin-set.ts';
import { made } from '../made-pins.ts';
import { readCorpus } from '../pin-file.ts';

const importOnly: readonly PinFormat[] = ['wultra', 'pinvault', 'ssl-pinning', 'approov'];
const formats = pinFormats.filter((format) => !importOnly.includes(format));

const march = Date.UTC(2027, 2, 1);
const hourMs = 3_600_000;
const ends = [march, march + 12 * hourMs, march + hourMs];
const times = [march - 1, ...ends, march + 24 * hourMs];

const names = ['example.com', 'api.example.com', 'b.api.example.com', 'login.example.com', 'example.net'];
const hosts = [...names, ...names.map((name) => `x.${name}`), ...names.map((name) => `y.x.${name}`)];
const keys: readonly PinHash[] = [...'abcd'].map(made);
const certificates: readonly PinHash[] = ['1', '2'].map((digit) => certificatePinFromHex(digit.repeat(64)));

const setOf = (rules: PinRules): PinSet => ({
  ...rules,
  ...{ name: 'app', source: 'imported', format: null, note: '', by: '', at: '' },
});

/** What rules demand of each host at each time. */
function meaning(rules: PinRules): string {
  const set = setOf(rules);
  const demands = hosts.flatMap((host) => {
    const applied = applySet(set, host);
    return times.map((time) => {
      const demand = applied === null ? ({ is: 'open' } as const) : demandOf(applied, null, time);
      if (demand.is !== 'pinned') return `${host} ${time} ${demand.is}`;
      const lists = demand.allOf.map(({ at, anyOf }) => `${at} ${[...anyOf].sort().join(' ')}`).sort();
      return `${host} ${time} ${demand.enforce} ${lists.join(' & ')}`;
    });
  });
  return [rules.trust, ...demands].join('\n');
}

/** The sets of the text that the rules were written as; null: refused, for a reason. */
function again(format: PinFormat, rules: PinRules): readonly PinRules[] | null {
  const written = pinWriter.write(format, rules, { seen: new Map(), okhttp: '4.12.0' });
  if (!written.ok) {
    expect(written.problems.length).toBeGreaterThan(0);
    for (const problem of written.problems) expect(problem).not.toBe('');
    return null;
  }
  const host = names.find((name) => applySet(setOf(rules), name) !== null) ?? '';
  const read = readPins(written.text, { format, host, okhttp: '4.12.0' });
  if (!read.ok) throw new Error(`${JSON.stringify(read.problems)}\n${written.text}`);
  const told = readPins(written.text, { host, okhttp: '4.12.0' });
  expect(told.format).toBe(format);
  return read.sets;
}

const pattern = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('exact' as const), name: fc.constantFrom(...names) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('any-depth' as const), name: fc.constantFrom(...names) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('one-label' as const), name: fc.constantFrom(...names) }),
  },
) satisfies fc.Arbitrary<HostPattern>;

const list: fc.Arbitrary<PinList> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      at: fc.constant('path' as const),
      anyOf: fc.uniqueArray(fc.constantFrom(...keys), { minLength: 1 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      at: fc.constantFrom('leaf' as const, 'ca' as const),
      anyOf: fc.uniqueArray(fc.constantFrom(...keys), { minLength: 1, maxLength: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      at: fc.constant('leaf' as const),
      anyOf: fc.uniqueArray(fc.constantFrom(...certificates), { minLength: 1 }),
    }),
  },
);

const end = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.record({
      until: fc.constantFrom(...ends),
      then: fc.constantFrom('open' as const, 'closed' as const),
    }),
  },
);

const rule: fc.Arbitrary<PinRule> = fc
  .tuple(
    pattern,
    fc.oneof(
      { weight: 8, arbitrary: fc.tuple(list) },
      { weight: 1, arbitrary: fc.tuple(list, list) },
      { weight: 1, arbitrary: fc.constant([]) },
    ),
    end,
    fc.oneof({ weight: 8, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  )
  .map(([of, allOf, ending, enforce]) => ({ pattern: of, allOf, enforce, ...ending }));

const rules: fc.Arbitrary<PinRules> = fc.record({
  resolution: fc.constantFrom('most-specific' as const, 'union' as const),
  trust: fc.oneof(
    { weight: 9, arbitrary: fc.constant('platform' as const) },
    { weight: 1, arbitrary: fc.constant('none' as const) },
  ),
  rules: fc.oneof(fc.array(rule, { minLength: 1, maxLength: 1 }), fc.array(rule, { maxLength: 4 })),
});

describe.each(formats)('%s', (format) => {
  test('what is written means the same when it is read, or is refused', () => {
    let count = 0;
    fc.assert(
      fc.property(rules, (of) => {
        for (const set of again(format, of) ?? []) {
          count += 1;
          expect(meaning(set)).toBe(meaning(of));
        }
      }),
      { numRuns: 3_000 },
    );
    expect(count).toBeGreaterThan(20);
  });
});

const folder = new URL('../corpus/', import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.includes('.') && !path.includes('/refused/'),
);

test.each(files)('%s: read, written in each format and read again', (path) => {
  const read = readCorpus(path, { okhttp: '4.12.0', host: 'api.example.com' });
  if (!read.ok) throw new Error(path);
  for (const set of read.sets) {
    for (const format of formats) {
      for (const next of again(format, set) ?? []) expect(meaning(next), format).toBe(meaning(set));
    }
  }
});
