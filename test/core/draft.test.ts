import { expect, test } from 'vitest';
import { draftOf, type RegisteredDomain } from '../../src/core/draft.ts';
import { differenceOf, unpinning } from '../../src/core/draft-difference.ts';
import type { ImportedSet } from '../../src/core/imported-set.ts';
import type { Pin } from '../../src/core/pin.ts';
import type { Entry } from '../../verify/typescript/src/configuration.ts';

const pin = (letter: string): Pin => `sha256/${letter.repeat(43)}=`;
const bare = (letter: string) => `${letter.repeat(43)}=`;
const domain = (
  host: string,
  more: Partial<NonNullable<RegisteredDomain['value']>> = {},
): RegisteredDomain => {
  const value = { host, port: 443, pins: [pin('A')], ...more };
  return { name: value.port === 443 ? host : `${host}:${value.port}`, value };
};
const entry = (mode: Entry['mode'], pins: readonly string[] = [], sub = false): Entry => ({
  mode,
  pins,
  sub,
});
const draft = (...domains: RegisteredDomain[]) => draftOf(domains, [], []);

test('domains of one host with several ports make one entry with all their pins', () => {
  const { entries, problems, warnings } = draft(
    domain('api.example.com', { pins: [pin('B'), pin('A')] }),
    domain('api.example.com', { port: 8443, pins: [pin('C'), pin('A')] }),
  );
  expect([...entries]).toEqual([['api.example.com', entry('pins', [bare('A'), bare('B'), bare('C')])]]);
  expect([problems, warnings]).toEqual([[], []]);
});

test('the order of the registry makes no difference', () => {
  const [a, b] = [domain('a.example.com'), domain('b.example.com', { deliver: { mode: 'off', sub: true } })];
  expect([...draft(a, b).entries]).toEqual([...draft(b, a).entries]);
});

test('a domain without pins is left out, unless it says how it is delivered', () => {
  const { entries } = draft(
    domain('a.example.com', { pins: [] }),
    domain('b.example.com', { pins: [], deliver: { mode: 'off', sub: false } }),
    domain('c.example.com', { deliver: { mode: 'observe', sub: true } }),
  );
  expect([...entries]).toEqual([
    ['b.example.com', entry('off')],
    ['c.example.com', entry('observe', [bare('A')], true)],
  ]);
});

test("what can't be published is a problem that names its place", () => {
  expect(
    draft(
      { name: 'lost.example.com', value: null },
      domain('a.example.com', { deliver: { mode: 'pins', sub: true } }),
      domain('a.example.com', { port: 8443, deliver: { mode: 'observe', sub: false } }),
      domain('b.example.com', { pins: [], deliver: { mode: 'pins', sub: false } }),
      domain('c.example.com', { deliver: { mode: 'roots', sub: false } }),
      domain('d.example.com', {
        pins: Array.from({ length: 33 }, (_, at) => pin(String.fromCharCode(65 + at))),
      }),
    ).problems,
  ).toEqual([
    "lost.example.com: its stored settings can't be read: remove it, then add it again",
    'a.example.com: expected the same delivery for all its ports, because apps have one entry for a host; found pins,sub at a.example.com, observe at a.example.com:8443',
    'b.example.com: expected a pin for the mode "pins", found none',
    "c.example.com: no managed roots are set (publish.roots), so the mode roots can't be used",
    'd.example.com: expected at most 32 pins, found 33',
  ]);
  const many = Array.from({ length: 1_001 }, (_, at) => domain(`a${at}.example.com`));
  expect(draft(...many).problems).toEqual(['expected at most 1000 hosts, found 1001']);
});

test('addresses and single labels are not delivered, which is told', () => {
  const { entries, problems, warnings } = draft(
    domain('192.0.2.1'),
    domain('localhost'),
    domain('2001:db8::1'),
  );
  expect([entries.size, problems]).toEqual([0, []]);
  expect(warnings).toEqual(
    ['192.0.2.1', 'localhost', '[2001:db8::1]'].map(
      (name) => `${name} is not in it: only names of two labels or more can be delivered`,
    ),
  );
});

test('a revoked pin is never delivered, and the entry must have another', () => {
  const two = domain('a.example.com', { pins: [pin('A'), pin('B')] });
  const { entries, warnings, problems } = draftOf([two, domain('b.example.com')], [pin('A')], []);
  expect(entries.get('a.example.com')).toEqual(entry('pins', [bare('B')]));
  expect(warnings).toEqual(
    ['a', 'b'].map((name) => `${name}.example.com: ${pin('A')} was revoked, and is not delivered`),
  );
  expect(problems).toEqual(['b.example.com: expected a pin for the mode "pins", found none']);
});

test('it warns of app versions that ship without a pin', () => {
  const set = (name: string, hashes: readonly string[], more: object = {}) =>
    ({
      ...{ name, source: 'imported', resolution: 'most-specific', trust: 'platform' },
      rules: [
        {
          pattern: { kind: 'any-depth', name: 'example.com' },
          allOf: [{ at: 'path', anyOf: hashes }],
          enforce: true,
          ...more,
        },
      ],
    }) as unknown as ImportedSet;
  const sets = [
    set('android-5.2', [pin('A')]),
    set('ios-3.1', [pin('A'), pin('B')]),
    set('beta', [pin('A')], { enforce: false }),
  ];
  const both = domain('api.example.com', { pins: [pin('A'), pin('B')] });
  expect(draftOf([both, domain('other.example.net')], [], sets).warnings).toEqual([
    `api.example.com: android-5.2 ships without ${pin('B')}: a change to that key would break it`,
  ]);
});

const entries = (of: Record<string, Entry>) => new Map(Object.entries(of));

test('the difference is told host by host', () => {
  const before = entries({
    'a.example.com': entry('pins', [bare('A'), bare('B')]),
    'b.example.com': entry('off'),
    'c.example.com': entry('pins', [bare('A')]),
  });
  const after = entries({
    'a.example.com': entry('pins', [bare('B'), bare('C')]),
    'c.example.com': entry('pins', [bare('A')]),
    'd.example.com': entry('pins', [bare('D')], true),
  });
  expect(differenceOf(before, after)).toMatchObject([
    { host: 'a.example.com', added: [pin('C')], removed: [pin('A')] },
    { host: 'b.example.com', before: entry('off'), after: null, added: [], removed: [] },
    { host: 'd.example.com', before: null, added: [pin('D')] },
  ]);
  expect(differenceOf(after, after)).toEqual([]);
});

test.each<[string, Entry, Record<string, Entry>, string | null]>([
  [
    'a pin fewer, others stay',
    entry('pins', [bare('A'), bare('B')]),
    { 'a.b.c': entry('pins', [bare('B')]) },
    null,
  ],
  ['no entry', entry('pins', [bare('A')]), {}, 'apps would no longer check its keys'],
  ['off', entry('pins', [bare('A')]), { 'a.b.c': entry('off') }, 'apps would no longer check its keys'],
  [
    'only observed',
    entry('pins', [bare('A')]),
    { 'a.b.c': entry('observe', [bare('A')]) },
    'apps would check it as observe instead of pins',
  ],
  [
    'roots instead of pins',
    entry('pins', [bare('A')]),
    { 'a.b.c': entry('roots') },
    'apps would check it as roots instead of pins',
  ],
  ['pins instead of observe', entry('observe', [bare('A')]), { 'a.b.c': entry('pins', [bare('A')]) }, null],
  ['off stays off', entry('off'), {}, null],
  ['a parent takes over', entry('pins', [bare('A')]), { 'b.c': entry('pins', [bare('A')], true) }, null],
  [
    'a parent that does not cover it',
    entry('pins', [bare('A')]),
    { 'b.c': entry('pins', [bare('A')]) },
    'apps would no longer check its keys',
  ],
  [
    'names below it',
    entry('pins', [bare('A')], true),
    { 'a.b.c': entry('pins', [bare('A')]) },
    'apps would no longer check the keys of names below it',
  ],
])('apps check less: %s', (_, before, after, expected) => {
  const [change] = differenceOf(entries({ 'a.b.c': before }), entries(after)).filter(
    ({ host }) => host === 'a.b.c',
  );
  expect(change === undefined ? null : unpinning(change, entries(after))).toBe(expected);
});

test('a host of the mode roots has the managed ones, without those that were revoked', () => {
  const one = domain('a.example.com', { deliver: { mode: 'roots', sub: true }, pins: [] });
  const { entries, problems } = draftOf([one], [pin('C')], [], [pin('B'), pin('C'), pin('A')]);
  expect([problems, [...entries]]).toEqual([
    [],
    [['a.example.com', entry('roots', [bare('A'), bare('B')], true)]],
  ]);
  // A shorter list is a difference, and no weaker check.
  const [change] = differenceOf(entries, draftOf([one], [], [], [pin('A')]).entries);
  expect(change).toMatchObject({ removed: [pin('B')], added: [] });
  expect(change === undefined ? '' : unpinning(change, entries)).toBeNull();
});
