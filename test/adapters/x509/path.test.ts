import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Authority, createRoot, type Issued } from '../../../lab/authority.ts';
import { createChainReader } from '../../../src/adapters/x509/chain-reader.ts';

const NOW = Date.now();
const DAY_MS = 86_400_000;
const past = { notBefore: new Date(NOW - 20 * DAY_MS), notAfter: new Date(NOW - DAY_MS) };

/** The path in the words of `names`: `leaf intermediate root@store`, and `…` at the end if it is not anchored. */
function pathOf(
  presented: readonly Issued[],
  roots: readonly Issued[],
  names: Readonly<Record<string, Issued>>,
): string {
  const reader = createChainReader({ roots: roots.map(({ pem }) => pem) });
  const answer = reader.read(
    presented.map(({ der }) => der),
    'api.example.com',
    undefined,
    NOW,
  );
  if (answer.failure !== null) throw new Error(answer.failure.message);
  const { certificates, anchored } = answer.decoded.path;
  const words = certificates.map(({ certificate, from }) => {
    const [name] = Object.entries(names).find(([, one]) => sha256(one) === certificate.certificateSha256) ?? [
      '?',
    ];
    return from === 'presented' ? name : `${name}@store`;
  });
  return `${words.join(' ')}${anchored ? '' : ' …'}`;
}

const sha256 = ({ der }: Issued) => createHash('sha256').update(der).digest('hex');

function line(root: Authority = createRoot()) {
  const authority = root.intermediate();
  return { root: root.issued, intermediate: authority.issued, leaf: authority.leaf(), authority, top: root };
}

describe('an anchored path', () => {
  test('ends with the root of the store, which the server did not send', () => {
    const { leaf, intermediate, root } = line();
    const path = pathOf([leaf, intermediate], [root], { leaf, intermediate, root });
    expect(path).toBe('leaf intermediate root@store');
  });

  test('shows a root that was sent as presented, although the store has it', () => {
    const { leaf, intermediate, root } = line();
    const path = pathOf([leaf, intermediate, root], [root], { leaf, intermediate, root });
    expect(path).toBe('leaf intermediate root');
  });

  test('does not depend on the order, on duplicates or on strays', () => {
    const { leaf, intermediate, root } = line();
    const stray = createRoot({ commonName: 'Stray' }).intermediate().issued;
    const sent = [leaf, stray, root, leaf, intermediate, intermediate];
    expect(pathOf(sent, [root], { leaf, intermediate, root, stray })).toBe('leaf intermediate root');
  });

  test('leaves out a stray that is itself a known root (CVE-2016-2402)', () => {
    const { leaf, intermediate, root } = line();
    const other = createRoot({ commonName: 'Pinned Root' }).issued;
    const path = pathOf([leaf, intermediate, other], [root, other], { leaf, intermediate, root, other });
    expect(path).toBe('leaf intermediate root@store');
  });

  test('leaves out a stray that the intermediate of the path did issue', () => {
    const { leaf, intermediate, root, authority } = line();
    const sibling = authority.leaf({ names: ['pinned.example.com'] });
    const path = pathOf([leaf, sibling, intermediate], [root], { leaf, intermediate, root, sibling });
    expect(path).toBe('leaf intermediate root@store');
  });

  test('leaves out an intermediate that only has the right name', () => {
    const { leaf, intermediate, root, top } = line();
    const forged = createRoot({ subject: top.name }).intermediate().issued;
    const path = pathOf([leaf, forged, intermediate], [root], { leaf, forged, intermediate, root });
    expect(path).toBe('leaf intermediate root@store');
    expect(pathOf([leaf, forged], [root], { leaf, forged, root })).toBe('leaf …');
  });

  test('leaves out an intermediate whose own signature is broken', () => {
    const root = createRoot();
    const broken = root.intermediate({ brokenSignature: true });
    const leaf = broken.leaf();
    const names = { leaf, broken: broken.issued, root: root.issued };
    expect(pathOf([leaf, broken.issued], [root.issued], names)).toBe('leaf broken …');
  });

  test('leaves out an anchor that only has the right name', () => {
    const { leaf, intermediate, root, top } = line();
    const namesake = createRoot({ subject: top.name }).issued;
    const names = { leaf, intermediate, root, namesake };
    expect(pathOf([leaf, intermediate], [namesake, root], names)).toBe('leaf intermediate root@store');
    expect(pathOf([leaf, intermediate], [namesake], names)).toBe('leaf intermediate …');
  });

  test('is a path of one if the leaf is an anchor', () => {
    const leaf = createRoot({ ca: false, names: ['api.example.com'] }).issued;
    expect(pathOf([leaf], [leaf], { leaf })).toBe('leaf');
  });

  test('may lead from the leaf straight to a root', () => {
    const root = createRoot();
    const leaf = root.leaf();
    expect(pathOf([leaf], [root.issued], { leaf, root: root.issued })).toBe('leaf root@store');
  });
});

describe('a cross-signed root', () => {
  function crossed(oldOptions = {}, newOptions = {}) {
    const old = createRoot({ commonName: 'Old Root', ...oldOptions });
    const { leaf, intermediate, root, top } = line(createRoot({ commonName: 'New Root', ...newOptions }));
    const cross = old.crossSign(top);
    return { leaf, intermediate, cross, root, old: old.issued };
  }

  test('is not used if both roots are known: the path ends at the nearest', () => {
    const all = crossed();
    const sent = [all.leaf, all.intermediate, all.cross];
    expect(pathOf(sent, [all.old, all.root], all)).toBe('leaf intermediate root@store');
  });

  test('leads to the old root if only that is known', () => {
    const all = crossed();
    const sent = [all.leaf, all.intermediate, all.cross];
    expect(pathOf(sent, [all.old], all)).toBe('leaf intermediate cross old@store');
  });

  test('leads to the new root even if that has expired: a root’s dates are not checked', () => {
    const all = crossed({}, past);
    const sent = [all.leaf, all.intermediate, all.cross];
    expect(pathOf(sent, [all.old, all.root], all)).toBe('leaf intermediate root@store');
  });

  test('does no harm when the old root has expired', () => {
    const all = crossed(past);
    const sent = [all.leaf, all.intermediate, all.cross, all.old];
    expect(pathOf(sent, [all.old, all.root], all)).toBe('leaf intermediate root@store');
  });
});

describe('issuers that are not usable', () => {
  test.each(['first', 'last'])('an expired intermediate sent %s gives way to its renewal', (place) => {
    const { leaf, intermediate, root, authority, top } = line();
    const expired = top.crossSign(authority, past);
    const sent = place === 'first' ? [leaf, expired, intermediate] : [leaf, intermediate, expired];
    const path = pathOf(sent, [root], { leaf, intermediate, expired, root });
    expect(path).toBe('leaf intermediate root@store');
  });

  test('an expired intermediate is on the path if there is no other', () => {
    const root = createRoot();
    const expired = root.intermediate(past);
    const leaf = expired.leaf();
    const path = pathOf([leaf, expired.issued], [root.issued], {
      leaf,
      expired: expired.issued,
      root: root.issued,
    });
    expect(path).toBe('leaf expired root@store');
  });

  test('a short path with an expired certificate gives way to a longer one without', () => {
    const { authority, root, top } = line();
    const below = authority.intermediate({ commonName: 'Below' });
    const expired = top.crossSign(below, past);
    const leaf = below.leaf();
    const names = { leaf, below: below.issued, expired, intermediate: authority.issued, root };
    const path = pathOf([leaf, expired, below.issued, authority.issued], [root], names);
    expect(path).toBe('leaf below intermediate root@store');
  });

  test('a certificate that is not a CA is on the path if there is no other', () => {
    const root = createRoot();
    const noCa = root.intermediate({ ca: false });
    const leaf = noCa.leaf();
    const names = { leaf, noCa: noCa.issued, root: root.issued };
    expect(pathOf([leaf, noCa.issued], [root.issued], names)).toBe('leaf noCa root@store');
    const asCa = root.crossSign(noCa);
    expect(pathOf([leaf, noCa.issued, asCa], [root.issued], { ...names, asCa })).toBe('leaf asCa root@store');
  });

  test('of two roots with one key, the expired one gives way', () => {
    const { leaf, intermediate, root, top } = line();
    const expired = createRoot({ subject: top.name, keys: root.keys, ...past }).issued;
    const names = { leaf, intermediate, root, expired };
    expect(pathOf([leaf, intermediate], [expired, root], names)).toBe('leaf intermediate root@store');
    expect(pathOf([leaf, intermediate], [expired], names)).toBe('leaf intermediate expired@store');
  });

  test('of two roots above an expired intermediate, the usable one is taken', () => {
    const root = createRoot();
    const rootExpired = createRoot({ subject: root.name, keys: root.issued.keys, ...past }).issued;
    const expired = root.intermediate(past);
    const leaf = expired.leaf();
    const names = { leaf, expired: expired.issued, root: root.issued, rootExpired };
    const path = pathOf([leaf, expired.issued], [rootExpired, root.issued], names);
    expect(path).toBe('leaf expired root@store');
  });

  test('an expired leaf changes nothing', () => {
    const { intermediate, root, authority } = line();
    const leaf = authority.leaf(past);
    const path = pathOf([leaf, intermediate], [root], { leaf, intermediate, root });
    expect(path).toBe('leaf intermediate root@store');
  });
});

describe('without an anchor', () => {
  test('the path holds what chains to the leaf by signature, nearest first', () => {
    const { leaf, intermediate, root } = line();
    const stray = createRoot({ commonName: 'Stray' }).issued;
    const path = pathOf([leaf, root, stray, intermediate], [], { leaf, intermediate, root, stray });
    expect(path).toBe('leaf intermediate root …');
  });

  test('both ways up count, each certificate once', () => {
    const old = createRoot({ commonName: 'Old Root' });
    const { leaf, intermediate, root, top } = line();
    const cross = old.crossSign(top);
    const names = { leaf, intermediate, root, cross, old: old.issued };
    const path = pathOf([leaf, old.issued, cross, root, intermediate], [], names);
    expect(path).toBe('leaf intermediate cross root old …');
  });

  test('a leaf whose intermediate is missing is alone on its path', () => {
    const { leaf, root } = line();
    expect(pathOf([leaf], [root], { leaf, root })).toBe('leaf …');
    expect(pathOf([leaf, root], [root], { leaf, root })).toBe('leaf …');
  });

  test('an unknown self-signed leaf is alone on its path', () => {
    const leaf = createRoot({ ca: false }).issued;
    expect(pathOf([leaf, leaf], [], { leaf })).toBe('leaf …');
  });

  test('an expired intermediate still chains', () => {
    const expired = createRoot().intermediate(past);
    const leaf = expired.leaf();
    expect(pathOf([leaf, expired.issued], [], { leaf, expired: expired.issued })).toBe('leaf expired …');
  });
});

describe('two authorities that signed each other', () => {
  function loop() {
    const one = createRoot({ commonName: 'One' });
    const two = createRoot({ commonName: 'Two' });
    const oneByTwo = two.crossSign(one);
    const twoByOne = one.crossSign(two);
    return { leaf: one.leaf(), oneByTwo, twoByOne, one: one.issued, two: two.issued };
  }

  test('are each on the path once if no root is known', () => {
    const all = loop();
    expect(pathOf([all.leaf, all.twoByOne, all.oneByTwo], [], all)).toBe('leaf oneByTwo twoByOne …');
  });

  test('lead out of the loop if a root is known', () => {
    const all = loop();
    const sent = [all.leaf, all.twoByOne, all.oneByTwo];
    expect(pathOf(sent, [all.two], all)).toBe('leaf oneByTwo two@store');
    expect(pathOf(sent, [all.one], all)).toBe('leaf one@store');
  });
});

test('a certificate that names two signature algorithms is reported as such, not as an issuer problem', () => {
  const { leaf, intermediate, root } = line();
  const der = Buffer.from(leaf.der);
  const ecdsaWithSha256 = Buffer.from('06082a8648ce3d040302', 'hex');
  der[der.lastIndexOf(ecdsaWithSha256) + ecdsaWithSha256.length - 1] = 3;
  const reader = createChainReader({ roots: [root.pem] });
  const answer = reader.read([der, intermediate.der], 'api.example.com', undefined, NOW);
  expect(answer).toMatchObject({
    decoded: { hostMatches: true, path: { problem: { code: 'SIGNATURE_ALGORITHM_MISMATCH' } } },
  });
});
