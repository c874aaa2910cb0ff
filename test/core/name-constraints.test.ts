import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GeneralName } from '../../src/core/general-name.ts';
import { forbiddenName, type NameConstraints } from '../../src/core/name-constraints.ts';

const dns = (value: string): GeneralName => ({ kind: 'dns', value });
const mail = (value: string): GeneralName => ({ kind: 'mail', value });
const uri = (value: string): GeneralName => ({ kind: 'uri', value });
const ip = (...octets: number[]): GeneralName => ({ kind: 'ip', value: Uint8Array.from(octets) });
const directory = (...value: string[]): GeneralName => ({ kind: 'directory', value });
const other = (tag: number): GeneralName => ({ kind: 'other', tag });

const isWithin = (name: GeneralName, base: GeneralName) =>
  forbiddenName([name], { permitted: [base], excluded: [] }) === null;

describe('a name lies within a base', () => {
  test.each<[GeneralName, GeneralName, boolean]>([
    [dns('example.com'), dns('example.com'), true],
    [dns('api.example.com'), dns('example.com'), true],
    [dns('notexample.com'), dns('example.com'), false],
    [dns('com'), dns('example.com'), false],
    [dns('*.example.com'), dns('example.com'), true],
    [dns('*.example.com'), dns('api.example.com'), false],
    [dns('api.example.com'), dns('.example.com'), true],
    [dns('example.com'), dns('.example.com'), false],
    [dns('example.com'), dns(''), true],
    [mail('a@example.com'), mail('example.com'), true],
    [mail('a@api.example.com'), mail('example.com'), false],
    [mail('a@api.example.com'), mail('.example.com'), true],
    [mail('a@example.com'), mail('.example.com'), false],
    [mail('a@example.com'), mail('a@example.com'), true],
    [mail('b@example.com'), mail('a@example.com'), false],
    [mail('"a@b"@example.com'), mail('example.com'), true],
    [uri('https://example.com/'), uri('example.com'), true],
    [uri('https://user@example.com:8443/path'), uri('example.com'), true],
    [uri('https://api.example.com'), uri('example.com'), false],
    [uri('https://api.example.com'), uri('.example.com'), true],
    [uri('https://evil.test/?example.com'), uri('example.com'), false],
    [uri('https://192.0.2.1/'), uri('example.com'), false],
    [ip(10, 1, 2, 3), ip(10, 0, 0, 0, 255, 0, 0, 0), true],
    [ip(11, 1, 2, 3), ip(10, 0, 0, 0, 255, 0, 0, 0), false],
    [ip(10, 1, 2, 3), ip(0, 0, 0, 0, 0, 0, 0, 0), true],
    [ip(...new Array(16).fill(1)), ip(0, 0, 0, 0, 0, 0, 0, 0), false],
    [ip(...new Array(16).fill(1)), ip(...new Array(32).fill(0)), true],
    [ip(1, 2, 3), ip(1, 2, 3, 255, 255, 255), true],
    [directory('O=a', 'CN=b'), directory('O=a'), true],
    [directory('O=a'), directory('O=a', 'CN=b'), false],
    [directory('O=b', 'O=a'), directory('O=a'), false],
    [directory('O=a'), directory(), true],
  ])('%o in %o: %s', (name, base, expected) => {
    expect(isWithin(name, base)).toBe(expected);
    const excluded = forbiddenName([name], { permitted: [], excluded: [base] });
    expect(excluded).toEqual(expected ? { code: 'EXCLUDED_VIOLATION', name } : null);
  });
});

describe('a name that cannot be compared is refused by any constraint of its form, and by no other', () => {
  test.each<[string, GeneralName, GeneralName]>([
    ['a name of another form', other(0), other(0)],
    ['a URI without a host', uri('urn:uuid:1'), uri('example.com')],
    ['a directory name that is too long', other(4), directory('O=a')],
    ['a directory name below one that is too long', directory('O=a'), other(4)],
  ])('%s', (_, name, base) => {
    const code = 'UNSUPPORTED_CONSTRAINT_TYPE';
    expect(forbiddenName([name], { permitted: [base], excluded: [] })).toEqual({ code, name });
    expect(forbiddenName([name], { permitted: [], excluded: [base] })).toEqual({ code, name });
    expect(forbiddenName([name], { permitted: [dns('a')], excluded: [mail('b'), other(8)] })).toBeNull();
  });
});

// Few labels, so that names and bases meet often.
const label = fc.constantFrom('a', 'b', 'ab');
const labels = fc.array(label, { minLength: 1, maxLength: 4 });
const octet = fc.constantFrom(0, 10, 255);
const address = fc.array(octet, { minLength: 4, maxLength: 4 });
const rdns = fc.array(label, { maxLength: 3 });

test('a domain is a suffix of whole labels', () => {
  fc.assert(
    fc.property(labels, labels, (name, base) => {
      const isSuffix = base.every((one, at) => name[name.length - base.length + at] === one);
      expect(isWithin(dns(name.join('.')), dns(base.join('.')))).toBe(isSuffix);
      const isBelow = isSuffix && name.length > base.length;
      expect(isWithin(dns(name.join('.')), dns(`.${base.join('.')}`))).toBe(isBelow);
    }),
  );
});

test('a network is an address under a mask', () => {
  const number = (octets: readonly number[]) => octets.reduce((all, one) => all * 256n + BigInt(one), 0n);
  fc.assert(
    fc.property(address, address, address, (name, base, mask) => {
      const expected = (number(name) & number(mask)) === (number(base) & number(mask));
      const isCanonical = (number(base) & number(mask)) === number(base);
      const network = ip(...base, ...mask);
      expect(isWithin(ip(...name), network)).toBe(expected && isCanonical);
      const excluded = forbiddenName([ip(...name)], { permitted: [], excluded: [network] });
      expect(excluded !== null).toBe(expected);
    }),
  );
});

test('a directory subtree is a prefix', () => {
  fc.assert(
    fc.property(rdns, rdns, (name, base) => {
      const expected = JSON.stringify(name.slice(0, base.length)) === JSON.stringify(base);
      expect(isWithin(directory(...name), directory(...base))).toBe(expected);
    }),
  );
});

const domain = labels.map((some) => some.join('.'));
const name = fc.oneof(
  domain.map(dns),
  domain.map((host) => mail(`a@${host}`)),
  address.map((octets) => ip(...octets)),
  rdns.map((some) => directory(...some)),
);
const base = fc.oneof(
  domain.map(dns),
  domain.map(mail),
  fc
    .tuple(address, address)
    .map(([octets, mask]) => ip(...octets.map((octet, at) => octet & (mask[at] ?? 0)), ...mask)),
  rdns.map((some) => directory(...some)),
);
const constraints = fc.record<NameConstraints>({ permitted: fc.array(base), excluded: fc.array(base) });

test('every name must be in a subtree permitted for its form, if there is any, and in no excluded one', () => {
  fc.assert(
    fc.property(fc.array(name), constraints, (names, { permitted, excluded }) => {
      const forbidden = names.filter((one) => {
        const allowed = permitted.filter(({ kind }) => kind === one.kind);
        const isPermitted = allowed.length === 0 || allowed.some((some) => isWithin(one, some));
        return !isPermitted || excluded.some((some) => some.kind === one.kind && isWithin(one, some));
      });
      expect(forbiddenName(names, { permitted, excluded })?.name).toBe(forbidden[0]);
    }),
    { numRuns: 500 },
  );
});

test('a further constraint never lets more names through, unless it permits a form that was permitted before', () => {
  fc.assert(
    fc.property(name, constraints, base, (one, { permitted, excluded }, more) => {
      const before = forbiddenName([one], { permitted, excluded });
      const stricter = forbiddenName([one], { permitted, excluded: [...excluded, more] });
      if (before !== null) expect(stricter).not.toBeNull();
      const wider = forbiddenName([one], { permitted: [...permitted, more], excluded });
      const knewIt = permitted.some(({ kind }) => kind === more.kind);
      if (before === null && knewIt) expect(wider).toBeNull();
      if (before !== null && !knewIt) expect(wider).not.toBeNull();
    }),
    { numRuns: 500 },
  );
});
