import { describe, expect, test } from 'vitest';
import { ca, dns, type FactsOptions, leafOf, type Made, search } from './chain-facts.ts';

const expired: FactsOptions = { days: [-90, -1] };
const excluding: FactsOptions = {
  extensions: { nameConstraints: { permitted: [], excluded: [dns('example.com')] } },
};
const named: FactsOptions = { extensions: { constrainedNames: [dns('api.example.com')] } };

/** One intermediate's name and key, certified by two roots. */
function crossed(optionsOfA: FactsOptions = {}) {
  const [rootA, rootB] = [ca('rootA'), ca('rootB')];
  const intA = ca('intA', rootA, { subject: 'int', ...optionsOfA });
  const intB = ca('intB', rootB, { subject: 'int' });
  return { rootA, rootB, intA, intB, leaf: leafOf(intA, named) };
}

describe('of several paths the first valid one counts', () => {
  test('anchors before what was sent', () => {
    const old = ca('old');
    const root = ca('root');
    const bridge = ca('bridge', old, { subject: 'root' });
    const int = ca('int', root);
    const found = search([leafOf(int), int, bridge], [old, root]);
    expect(found).toMatchObject({ path: 'leaf int root@store', problem: null });
    expect(found.others).toEqual(['leaf int bridge old@store']);
  });

  test.each(['AB', 'BA'])('then in the order sent: %s', (order) => {
    const { rootA, rootB, intA, intB, leaf } = crossed();
    const sent = order === 'AB' ? [leaf, intA, intB] : [leaf, intB, intA];
    const [first, second] = [...order];
    const found = search(sent, [rootA, rootB]);
    expect(found.path).toBe(`leaf int${first} root${first}@store`);
    expect(found.others).toEqual([`leaf int${second} root${second}@store`]);
  });

  test.each<[string, FactsOptions]>([
    ['an expired certificate', expired],
    ['one that is not a CA', { extensions: { basicConstraints: null } }],
    ['one that may not sign', { extensions: { keyUsage: { digitalSignature: true, keyCertSign: false } } }],
    ['an unknown critical extension', { extensions: { unknownCritical: ['1.2.3'] } }],
    ['name constraints', excluding],
    ['a policy that is demanded', { extensions: { requireExplicitPolicy: 0 } }],
  ])('going back over %s', (_, fault) => {
    const { rootA, rootB, intA, intB, leaf } = crossed(fault);
    expect(search([leaf, intA, intB], [rootA, rootB])).toMatchObject({
      path: 'leaf intB rootB@store',
      problem: null,
      others: [],
    });
  });

  test('backtracking from a path that is too long to one that is even longer', () => {
    const [rootA, rootB] = [ca('rootA'), ca('rootB')];
    const upper = ca('upper', rootB);
    const pathLength = { extensions: { basicConstraints: { ca: true, pathLength: 0 } } };
    const intA = ca('intA', rootA, { subject: 'int', ...pathLength });
    const intB = ca('intB', upper, { subject: 'int' });
    const low = ca('low', intB);
    const found = search([leafOf(low), low, intA, intB, upper], [rootA, rootB]);
    expect(found).toMatchObject({ path: 'leaf low intB upper rootB@store', problem: null });
  });

  test('a certificate of the same name with another key is not an issuer', () => {
    const root = ca('root');
    const [fake, int] = [ca('fake', root, { subject: 'int', key: 'other' }), ca('int', root)];
    const twin = ca('twin', null, { subject: 'root', key: 'other root' });
    expect(search([leafOf(int), fake, int], [twin, root]).path).toBe('leaf int root@store');
  });

  test('out of a loop', () => {
    const root = ca('root');
    const x = ca('x', ca('y'), { subject: 'X' });
    const y = ca('y', x, { subject: 'y' });
    const z = ca('z', root, { subject: 'X', key: 'X' });
    const found = search([leafOf(x), x, y, z], [root]);
    expect(found).toMatchObject({ path: 'leaf x y z root@store', problem: null });
    expect(found.others).toEqual(['leaf z root@store']);
  });

  test('others are returned once for each set of keys, at most eight', () => {
    const root = ca('root');
    const tops = Array.from({ length: 12 }, (_, at) => ca(`top${at}`, root));
    const ints = tops.map((top, at) => ca(`int${at}`, top, { subject: 'int' }));
    const again = tops.slice(0, 4).map((top, at) => ca(`again${at}`, top, { subject: 'int' }));
    const [first] = ints;
    if (first === undefined) throw new Error('no intermediate');
    const sent = [...again, ...ints.slice(0, 3), ...tops.slice(0, 4)];
    expect(search([leafOf(first), ...sent], [root]).others).toHaveLength(3);
    const many = Array.from({ length: 9 }, (_, at) => [ints[at], tops[at]]).flat();
    expect(search([leafOf(first), ...(many as Made[])], [root]).others).toHaveLength(8);
  });

  test('a root is judged only by its key', () => {
    const root = ca('root', null, { ...expired, ...excluding, version: 1 });
    const int = ca('int', root);
    expect(search([leafOf(int, named), int], [root]).problem).toBeNull();
    const odd = ca('odd', null, {
      publicKey: { algorithm: '1.2.840.10045.2.1', curve: '1.3.132.0.10', rsaBits: null },
    });
    const below = ca('below', odd);
    expect(search([leafOf(below), below], [odd]).problem?.code).toBe('UNSUPPORTED_KEY');
  });
});

describe('a leaf that is an anchor', () => {
  test('is a path of one, in which it is still a leaf', () => {
    const leaf = leafOf(null);
    expect(search([leaf], [leaf])).toMatchObject({ path: 'leaf', problem: null, signatureChecks: 0 });
    const old = leafOf(null, expired);
    expect(search([old], [old]).problem?.code).toBe('CERT_HAS_EXPIRED');
  });
});

describe('without a valid path', () => {
  const root = ca('root');

  test('a problem of the leaf is reported with the path that would otherwise be valid', () => {
    const { rootA, rootB, intA, intB } = crossed(expired);
    const found = search([leafOf(intB, expired), intA, intB], [rootA, rootB]);
    expect(found).toMatchObject({ path: 'leaf intB rootB@store', others: [] });
    expect(found.problem).toEqual({
      code: 'CERT_HAS_EXPIRED',
      message: '"CN=leaf" expired at 2026-11-21T04:10:54Z',
    });
  });

  test('the first path to an anchor is returned, with the certificate at fault', () => {
    const { rootA, rootB, intA, intB, leaf } = crossed(expired);
    expect(search([leaf, intA], [rootA, rootB])).toMatchObject({
      path: 'leaf intA rootA@store',
      problem: { code: 'CERT_HAS_EXPIRED', message: '"CN=int" expired at 2026-11-21T04:10:54Z' },
    });
    // What else chains to the leaf counts for the pins: a trust problem is not a pin mismatch.
    expect(search([leaf, intA, ca('stray'), intB], [rootA]).alsoReached).toEqual(['intB']);
    expect(search([leaf, intB, intA], [rootA, rootB])).toMatchObject({ problem: null, alsoReached: [] });
    const none = search([leaf, intA, intB], []);
    expect(none).toMatchObject({ path: 'leaf intA intB …', problem: { code: 'CERT_HAS_EXPIRED' } });
  });

  test('dates are reported before other problems, and those before rules between certificates', () => {
    const wrong = { extensions: { basicConstraints: { ca: false, pathLength: null } } };
    const int = ca('int', root, { ...wrong, ...expired });
    expect(
      search([leafOf(int, { extensions: { unknownCritical: ['1.2'] } }), int], [root]).problem?.code,
    ).toBe('CERT_HAS_EXPIRED');
    const no = ca('no', root, { extensions: { ...wrong.extensions, ...excluding.extensions } });
    expect(search([leafOf(no, named), no], [root]).problem?.code).toBe('INVALID_CA');
  });

  test.each<[string, readonly Made[], string, string]>([
    [
      'only the leaf',
      [leafOf(ca('int', root))],
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'only the leaf was sent; its issuer "CN=int" is not a known root, so the intermediate is missing',
    ],
    [
      'a missing intermediate',
      (() => {
        const int = ca('int', ca('upper', root));
        return [leafOf(int), int];
      })(),
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      '"CN=upper", which issued "CN=int", was not sent and is not a known root: an intermediate may be missing',
    ],
    [
      'a namesake of the missing one',
      (() => {
        const [int, other] = [ca('int', root), ca('int', root, { key: 'other' })];
        return [leafOf(int), other];
      })(),
      'CERT_SIGNATURE_FAILURE',
      'a certificate named "CN=int" was sent, but its key did not sign "CN=leaf": the right intermediate may be missing',
    ],
    [
      'a broken signature below a known root',
      (() => {
        const int = ca('int', root, { forged: true });
        return [leafOf(int), int];
      })(),
      'CERT_SIGNATURE_FAILURE',
      '"CN=root" is a known root, but its key did not sign "CN=int"',
    ],
    [
      'a self-signed leaf',
      [leafOf(null)],
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      '"CN=leaf" is self-signed and not a known root',
    ],
    [
      'an unknown root',
      (() => {
        const other = ca('other', null, expired);
        const int = ca('int', other);
        return [leafOf(int), int, other];
      })(),
      'SELF_SIGNED_CERT_IN_CHAIN',
      'the chain leads to "CN=other", which is not a known root',
    ],
  ])('and without an anchor the reason at its end is reported: %s', (_, chain, code, message) => {
    expect(search(chain, [root]).problem).toEqual({ code, message });
  });

  test('everything that chains by signature is returned, nearest first', () => {
    const [rootA, rootB] = [ca('rootA'), ca('rootB')];
    const [intA, intB] = [ca('intA', rootA, { subject: 'int' }), ca('intB', rootB, { subject: 'int' })];
    const found = search([leafOf(intA), rootB, ca('stray'), intB, intA, rootA, intA], [root]);
    expect(found.path).toBe('leaf intB intA rootB rootA …');
  });
});

describe('a hostile chain', () => {
  const root = ca('root');

  test('of ten certificates of one name and key ends', () => {
    const key = ca('same');
    const namesakes = Array.from({ length: 10 }, (_, at) => ca(`same${at}`, key, { subject: 'same' }));
    const found = search([leafOf(key), ...namesakes], [root]);
    expect(found).toMatchObject({ problem: { code: 'CHAIN_TOO_COMPLEX' } });
    expect(found.signatureChecks).toBeLessThanOrEqual(32);
    // With a way out they are a path, however odd: clients follow it too.
    const way = ca('way', root, { subject: 'same' });
    expect(search([leafOf(key), ...namesakes.slice(0, 4), way], [root])).toMatchObject({
      path: 'leaf same0 same1 same2 same3 way root@store',
      problem: null,
    });
  });

  test('of CAs that certify each other ends', () => {
    const [x, y] = [ca('x'), ca('y')];
    const chain = [leafOf(x), ca('xByY', y, { subject: 'x' }), ca('yByX', x, { subject: 'y' })];
    expect(search(chain, [root])).toMatchObject({
      path: 'leaf xByY yByX …',
      problem: { code: 'CERT_SIGNATURE_FAILURE' },
      signatureChecks: 2,
    });
  });

  test('of layers in which each certificate is below three others ends', () => {
    let layer = [ca('layer0a'), ca('layer0b'), ca('layer0c')];
    const sent: Made[] = [...layer];
    for (let depth = 1; depth <= 5; depth += 1) {
      // One name and key per layer, certified three times: 3^5 paths, and none to the root.
      layer = layer.map((above, at) => ca(`layer${depth}${'abc'[at]}`, above, { subject: `layer${depth}` }));
      sent.unshift(...layer);
    }
    const [lowest] = layer;
    if (lowest === undefined) throw new Error('no layer');
    const found = search([leafOf(lowest), ...sent], [root]);
    expect(found.problem?.code).toBe('CHAIN_TOO_COMPLEX');
    expect(found.signatureChecks).toBeLessThanOrEqual(32);
  });

  test('of 3,900 names below 3,900 constraints is too complex, and 1,000 below 1,000 are not', () => {
    const chainOf = (count: number) => {
      const names = (domain: string) => Array.from({ length: count }, (_, at) => dns(`${at}.${domain}`));
      const nameConstraints = { permitted: [], excluded: names('excluded.example') };
      const int = ca('int', root, { extensions: { nameConstraints } });
      return [leafOf(int, { extensions: { constrainedNames: names('api.example') } }), int];
    };
    expect(search(chainOf(3_900), [root]).problem?.code).toBe('CHAIN_TOO_COMPLEX');
    expect(search(chainOf(1_000), [root]).problem).toBeNull();
    // A complete search reports the actual reason.
    const bases = Array.from({ length: 1_000 }, (_, at) => dns(`${at}.example`));
    const int = ca('int', root, { extensions: { nameConstraints: { permitted: [], excluded: bases } } });
    const leaf = leafOf(int, { extensions: { constrainedNames: bases } });
    expect(search([leaf, int], [root]).problem?.code).toBe('EXCLUDED_VIOLATION');
  });
});

test('a signature of a kind that cannot be checked is reported as such, if the issuer is known', () => {
  const root = ca('root');
  const issuer = ca('issuer', root);
  const odd = leafOf(issuer, { forged: true, signatureAlgorithm: '2.16.840.1.101.3.4.3.18' });
  expect(search([odd, issuer], [root]).problem?.code).toBe('UNSUPPORTED_SIGNATURE_ALGORITHM');
  expect(search([odd], [root]).problem?.code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  const right = leafOf(issuer, { forged: true });
  expect(search([right, issuer], [root]).problem?.code).toBe('CERT_SIGNATURE_FAILURE');
});
