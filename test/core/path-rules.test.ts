import { describe, expect, test } from 'vitest';
import { createAllowance } from '../../src/core/allowance.ts';
import type { ExtensionFacts } from '../../src/core/certificate-facts.ts';
import type { GeneralName } from '../../src/core/general-name.ts';
import { pathRuleProblem } from '../../src/core/path-rules.ts';
import { ca, dns, leafOf, type Made } from './chain-facts.ts';

const problemOf = (path: readonly Made[], limit = 1_000) =>
  pathRuleProblem(
    path.map(({ facts }) => facts),
    createAllowance(limit),
  );

/** A leaf, its intermediates from the lowest to the topmost, and a root. */
function line(leaf: Partial<ExtensionFacts>, ...intermediates: Partial<ExtensionFacts>[]): Made[] {
  const path = [ca('root')];
  for (const [at, extensions] of intermediates.toReversed().entries()) {
    path.unshift(ca(`int${at + 1}`, path[0] ?? null, { extensions: { ...caFacts, ...extensions } }));
  }
  return [leafOf(path[0] ?? null, { extensions: leaf }), ...path];
}

const caFacts: Partial<ExtensionFacts> = { basicConstraints: { ca: true, pathLength: null } };
const atMost = (pathLength: number) => ({ basicConstraints: { ca: true, pathLength } });
const permits = (...permitted: GeneralName[]) => ({ nameConstraints: { permitted, excluded: [] } });
const excludes = (...excluded: GeneralName[]) => ({ nameConstraints: { permitted: [], excluded } });
const named = (...constrainedNames: GeneralName[]) => ({ constrainedNames });

describe('the length of a path', () => {
  test('is as each CA above allows', () => {
    expect(problemOf(line({}, {}, atMost(1)))).toBeNull();
    expect(problemOf(line({}, atMost(0), {}))).toBeNull();
    expect(problemOf(line({}, {}, atMost(0)))).toEqual({
      code: 'PATH_LENGTH_EXCEEDED',
      message: '"CN=int1" allows at most 0 intermediates below it, but the path has 1',
    });
  });

  test('does not count self-issued certificates, or what the root allows', () => {
    const root = ca('root', null, { extensions: atMost(0) });
    const upper = ca('upper', root, { extensions: atMost(1) });
    const itself = ca('itself', upper, { subject: 'upper' });
    const low = ca('low', itself);
    expect(problemOf([leafOf(low), low, itself, upper, root])).toBeNull();
  });
});

describe('names', () => {
  const api = dns('api.example.com');

  test('are within the constraints of every CA above', () => {
    expect(problemOf(line(named(api), permits(dns('example.com')), excludes(dns('example.org'))))).toBeNull();
    expect(problemOf(line(named(api), {}, permits(dns('example.org'))))).toEqual({
      code: 'PERMITTED_VIOLATION',
      message: 'the name constraints of "CN=int1" do not permit the name "api.example.com" of "CN=leaf"',
    });
    expect(problemOf(line(named(api), excludes(dns('example.com'))))).toEqual({
      code: 'EXCLUDED_VIOLATION',
      message: 'the name constraints of "CN=int1" exclude the name "api.example.com" of "CN=leaf"',
    });
    expect(
      problemOf(line(named({ kind: 'other', tag: 0 }), excludes({ kind: 'other', tag: 0 })))?.message,
    ).toBe(
      'the name constraints of "CN=int1" cannot be compared with a name of the form [0] of "CN=leaf", so platforms refuse it',
    );
  });

  test.each<[GeneralName, string]>([
    [{ kind: 'mail', value: 'a@b.example' }, 'the mail address "a@b.example"'],
    [{ kind: 'uri', value: 'https://b.example/' }, 'the URI "https://b.example/"'],
    [{ kind: 'ip', value: Uint8Array.of(192, 0, 2, 1) }, 'the address 192.0.2.1'],
    [
      { kind: 'ip', value: Uint8Array.from(Buffer.from('20010db8000000000000000000000001', 'hex')) },
      'the address 2001:db8::1',
    ],
    [{ kind: 'directory', value: ['O=b'] }, 'a directory name'],
  ])('are described by their form: %o', (name, text) => {
    const nothing: GeneralName[] = [dns('x'), { kind: 'mail', value: 'x' }, { kind: 'uri', value: 'x' }];
    const more: GeneralName[] = [
      { kind: 'ip', value: new Uint8Array(3) },
      { kind: 'directory', value: ['x'] },
    ];
    expect(problemOf(line(named(name), permits(...nothing, ...more)))?.message).toContain(text);
  });

  test('of intermediates count too, unless they are self-issued', () => {
    expect(problemOf(line({}, named(api), excludes(api)))?.message).toContain('of "CN=int2"');
    const upper = ca('upper', ca('root'), { extensions: excludes(api) });
    const itself = ca('itself', upper, { subject: 'upper', extensions: named(api) });
    const path = [leafOf(itself), itself, upper, ca('root')];
    expect(problemOf(path)).toBeNull();
    const ownLeaf = leafOf(upper, { subject: 'upper', extensions: named(api) });
    expect(problemOf([ownLeaf, upper, ca('root')])?.code).toBe('EXCLUDED_VIOLATION');
  });

  test('under constraints only of the leaf itself or of the root are not restricted', () => {
    const root = ca('root', null, { extensions: excludes(api) });
    const int = ca('int', root);
    expect(
      problemOf([leafOf(int, { extensions: { ...named(api), ...excludes(api) } }), int, root]),
    ).toBeNull();
  });
});

describe('policies', () => {
  test('must be valid along the path if a CA requires it', () => {
    const demands = { requireExplicitPolicy: 0, policies: ['1.2.3'] };
    expect(problemOf(line({ policies: ['1.2.3'] }, demands))).toBeNull();
    expect(problemOf(line({}, demands))).toEqual({
      code: 'NO_EXPLICIT_POLICY',
      message:
        '"CN=leaf" has no certificate policy that is valid along the path, and a CA above it requires one',
    });
  });

  test('are mapped neither to nor from anyPolicy', () => {
    const policyMappings = [{ issuerDomain: '1.2.3', subjectDomain: '2.5.29.32.0' }];
    expect(problemOf(line({}, { policyMappings }))).toEqual({
      code: 'INVALID_POLICY_EXTENSION',
      message: '"CN=int1" maps certificate policies to or from anyPolicy',
    });
  });
});

test('a path that takes too many comparisons is too complex, whatever else is wrong with it', () => {
  const names = Array.from({ length: 10 }, (_, at) => dns(`${at}.example`));
  const path = line(named(...names), excludes(...names));
  expect(problemOf(path, 100)?.code).toBe('EXCLUDED_VIOLATION');
  expect(problemOf(path, 99)?.code).toBe('CHAIN_TOO_COMPLEX');
  const policies = names.map((_, at) => `1.2.${at}`);
  expect(problemOf(line({ policies }, { policies }), 40)).toBeNull();
  expect(problemOf(line({ policies }, { policies }), 39)?.code).toBe('CHAIN_TOO_COMPLEX');
});
