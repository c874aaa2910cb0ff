import { describe, expect, test } from 'vitest';
import { type Authority, createRoot, type Issued } from '../../../lab/authority.ts';
import { createChainReader } from '../../../src/adapters/x509/chain-reader.ts';

const NOW = Math.floor(Date.now() / 1000) * 1000;
const DAY_MS = 86_400_000;
const HOST = 'api.example.com';

const root = createRoot({ commonName: 'Root' });
const intermediate = root.intermediate({ commonName: 'Intermediate' });
const leaf = intermediate.leaf({ names: [HOST] });
const reader = createChainReader({ roots: [root.pem] });

const der = (...chain: readonly (Issued | Authority)[]): Uint8Array[] =>
  chain.map((one) => ('issued' in one ? one.issued.der : one.der));

function decoded(answer: ReturnType<typeof reader.read>) {
  if (answer.failure !== null) throw new Error(answer.failure.message);
  return answer.decoded;
}

/** `subject@from` of each certificate on the path, and whether it is anchored. */
function shown(answer: ReturnType<typeof reader.read>): { path: string; anchored: boolean } {
  const { certificates, anchored } = decoded(answer).path;
  const path = certificates.map(({ certificate, from }) => `${certificate.subject}@${from}`).join(' ');
  return { path, anchored };
}

describe('a chain', () => {
  test('is described as presented, with its path and whether it names the host', () => {
    const stray = createRoot({ commonName: 'Stray' });
    const { presented, path, hostMatches } = decoded(
      reader.read(der(leaf, stray, intermediate), HOST, undefined, NOW),
    );
    expect(presented.map(({ pin }) => pin)).toEqual([leaf.pin, stray.issued.pin, intermediate.issued.pin]);
    expect(path.anchored).toBe(true);
    expect(path.certificates.map(({ certificate, from }) => [certificate.pin, from])).toEqual([
      [leaf.pin, 'presented'],
      [intermediate.issued.pin, 'presented'],
      [root.issued.pin, 'trust-store'],
    ]);
    expect(hostMatches).toBe(true);
  });

  test('is judged only by the roots of its CA file, if there is one', () => {
    const other = createRoot({ commonName: 'Other' });
    const chain = der(leaf, intermediate);
    expect(shown(reader.read(chain, HOST, other.pem, NOW)).anchored).toBe(false);
    expect(shown(reader.read(chain, HOST, undefined, NOW)).anchored).toBe(true);
    expect(shown(reader.read(chain, HOST, other.pem + root.pem, NOW)).anchored).toBe(true);
  });

  test('does not use an intermediate in the CA file as an anchor', () => {
    const answer = reader.read(der(leaf), HOST, intermediate.pem + root.pem, NOW);
    expect(shown(answer)).toEqual({ path: 'CN=leaf@presented'.replace('leaf', HOST), anchored: false });
  });

  test('that does not name the host comes with the hosts that it is for, bounded and escaped', () => {
    const hostsOf = (names: readonly string[]) => {
      const other = intermediate.leaf({ commonName: HOST, names });
      return decoded(reader.read(der(other, intermediate), HOST, undefined, NOW)).namedHosts;
    };
    expect(hostsOf(['www.example.com', '192.0.2.1', '2001:db8::1'])).toBe(
      'it is for "www.example.com", 192.0.2.1, 2001:db8::1',
    );
    const many = Array.from({ length: 100 }, (_, index) => `shop-${index}.example.net`);
    expect(hostsOf(many)).toBe(
      `it is for ${many
        .slice(0, 4)
        .map((host) => `"${host}"`)
        .join(', ')} and 96 more`,
    );
    expect(hostsOf(['a\n<b>\u0000.example.com'])).toBe('it is for "a\\n<b>\\u0000.example.com"');
    expect(hostsOf([`${'x'.repeat(300)}.example.com`])?.length).toBeLessThan(100);
    expect(hostsOf([])).toBe('it names no host');
    expect(hostsOf([HOST])).toBeUndefined();
  });

  test('is read with an empty CA file', () => {
    expect(shown(reader.read(der(leaf, intermediate), HOST, 'nothing', NOW)).anchored).toBe(false);
  });

  test('may be a self-signed certificate that the CA file holds', () => {
    const own = createRoot({ commonName: 'own', ca: false, names: ['own.example.com'] });
    const answer = reader.read(der(own), 'own.example.com', own.pem, NOW);
    expect(shown(answer)).toEqual({ path: 'CN=own@presented', anchored: true });
    expect(decoded(answer).presented[0]?.selfIssued).toBe(true);
  });

  test.each(['ed25519', 'rsa-2048', 'rsa-pss-2048', 'ec-p384'] as const)(
    'may be signed with %s',
    (algorithm) => {
      const top = createRoot({ commonName: 'Top', algorithm });
      const middle = top.intermediate({ commonName: 'Middle', algorithm });
      const end = middle.leaf({ commonName: 'end', algorithm });
      const answer = reader.read(der(end, middle), HOST, top.pem, NOW);
      expect(shown(answer)).toEqual({
        path: 'CN=end@presented CN=Middle@presented CN=Top@trust-store',
        anchored: true,
      });
    },
  );

  test('goes through a certificate whose issuer writes its name in another string type', () => {
    const top = createRoot({ subject: [{ type: 'CN', value: 'Top', string: 'printable' }] });
    const middle = top.intermediate({ commonName: 'Middle', issuerName: [{ type: 'CN', value: 'Top' }] });
    const end = middle.leaf({ commonName: 'end' });
    expect(shown(reader.read(der(end, middle), HOST, top.pem, NOW)).anchored).toBe(true);
  });

  test('prefers an intermediate that is a CA', () => {
    const noCa = root.crossSign(intermediate, { ca: false });
    const { path } = decoded(reader.read(der(leaf, noCa, intermediate), HOST, undefined, NOW));
    expect(path.certificates[1]?.certificate.certificateSha256).toBe(
      decoded(reader.read(der(intermediate), HOST, undefined, NOW)).presented[0]?.certificateSha256,
    );
  });

  // Twenty of one name, each signed by the next and sent in the order that takes the most signature checks, 190.
  test.each([
    ['the same name', () => 'Same', false],
    ['names of their own', (i: number) => `Name ${i}`, true],
  ] as const)('of twenty certificates with %s: anchored is %o', (_, nameOf, anchored) => {
    const authorities = [createRoot({ commonName: nameOf(0) })];
    for (let i = 1; i < 19; i += 1) {
      const above = authorities.at(-1);
      if (above !== undefined) authorities.push(above.intermediate({ commonName: nameOf(i) }));
    }
    const [top] = authorities;
    const end = authorities.at(-1)?.leaf({ commonName: 'end' });
    if (top === undefined || end === undefined) throw new Error('no authorities');
    expect(shown(reader.read(der(end, ...authorities), HOST, top.pem, NOW)).anchored).toBe(anchored);
  });
});

describe('the host', () => {
  const named = (...names: string[]) => der(intermediate.leaf({ commonName: 'cn.example.com', names }));
  const matches = (chain: Uint8Array[], host: string) =>
    decoded(reader.read(chain, host, undefined, NOW)).hostMatches;

  test.each<[string, string[], string, boolean]>([
    ['a name', [HOST], HOST, true],
    ['another name', [HOST], 'www.example.com', false],
    ['one of several', ['a.example', HOST], HOST, true],
    ['upper case in the host', [HOST], 'API.Example.COM', true],
    ['upper case in the certificate', ['API.Example.COM'], HOST, true],
    ['a trailing dot', [HOST], `${HOST}.`, true],
    ['a wildcard', ['*.example.com'], HOST, true],
    ['a wildcard for two labels', ['*.example.com'], 'a.b.example.com', false],
    ['a wildcard for no label', ['*.example.com'], 'example.com', false],
    ['a partial wildcard', ['a*.example.com'], HOST, false],
    ['a name below', [HOST], 'example.com', false],
    ['a suffix', [HOST], '.example.com', false],
    ['an empty host', [HOST], '', false],
    ['a NUL', [HOST], `${HOST}\0`, false],
    ['a NUL in the certificate', [`${HOST}\0.evil.example`], HOST, false],
    ['the common name alone', [], 'cn.example.com', false],
    ['the common name beside a name', [HOST], 'cn.example.com', false],
    ['an IPv4 address', ['192.0.2.1'], '192.0.2.1', true],
    ['another IPv4 address', ['192.0.2.1'], '192.0.2.2', false],
    ['an IPv6 address', ['2001:db8::1'], '2001:DB8:0:0::1', true],
    ['an A-label', ['xn--bcher-kva.example'], 'xn--bcher-kva.example', true],
  ])('%s', (_, names, host, expected) => expect(matches(named(...names), host)).toBe(expected));

  test('a certificate without subjectAltName matches nothing', () => {
    expect(matches(der(intermediate.leaf({ commonName: HOST })), HOST)).toBe(false);
  });

  test('an address in a dNSName does not count', () => {
    const san = Buffer.from(`300b8209${Buffer.from('192.0.2.1').toString('hex')}`, 'hex');
    const odd = intermediate.leaf({ extensions: [{ oid: '2.5.29.17', value: san }] });
    expect(matches(der(odd), '192.0.2.1')).toBe(false);
  });

  test('is decided for each host of one chain', () => {
    const chain = named(HOST);
    expect([HOST, 'b.example', HOST].map((host) => matches(chain, host))).toEqual([true, false, true]);
  });
});

describe('what is remembered', () => {
  test('is the same object for the same chain, host and CA', () => {
    const chain = der(leaf, intermediate);
    const first = reader.read(chain, HOST, undefined, NOW);
    expect(reader.read([...chain.map((one) => Buffer.from(one))], HOST, undefined, NOW + 1000)).toBe(first);
    expect(reader.read(chain, 'b.example', undefined, NOW)).not.toBe(first);
    expect(reader.read(chain, HOST, root.pem, NOW)).not.toBe(first);
    expect(reader.read([...chain].reverse(), HOST, undefined, NOW)).not.toBe(first);
  });

  test('is not given for the same bytes, split differently', () => {
    const chain = der(leaf, intermediate);
    expect(reader.read(chain, HOST, undefined, NOW).failure).toBeNull();
    const joined = Buffer.concat(chain);
    for (const at of [1, leaf.der.length - 1, leaf.der.length + 1]) {
      const recut = [joined.subarray(0, at), joined.subarray(at)];
      expect(reader.read(recut, HOST, undefined, NOW).failure?.code).toBe('certificate_undecodable');
    }
  });

  test('does not change when the buffers of the chain are used again', () => {
    const chain = der(leaf, intermediate).map((one) => Buffer.from(one));
    const fresh = createChainReader({ roots: [root.pem] });
    const before = fresh.read(chain, HOST, undefined, NOW);
    const copy = structuredClone(before);
    for (const one of chain) one.fill(0);
    expect(fresh.read(chain, HOST, undefined, NOW).failure?.code).toBe('certificate_undecodable');
    expect(before).toEqual(copy);
  });

  test('holds until a certificate on the path starts or expires, to the second', () => {
    const own = createRoot({ commonName: 'Own', notBefore: new Date(NOW - 9 * DAY_MS) });
    const old = own.intermediate({
      commonName: 'Old',
      notBefore: new Date(NOW - 5 * DAY_MS),
      notAfter: new Date(NOW + DAY_MS),
    });
    const renewed = own.crossSign(old, {
      notBefore: new Date(NOW - DAY_MS),
      notAfter: new Date(NOW + 5 * DAY_MS),
    });
    const end = old.leaf({ commonName: 'end' });
    const chain = der(end, old, renewed);
    const fresh = createChainReader({ roots: [own.pem] });
    const issuerAt = (now: number) => {
      const { path } = decoded(fresh.read(chain, HOST, undefined, now));
      return path.certificates[1]?.certificate.notAfter === NOW + DAY_MS ? 'old' : 'renewed';
    };
    expect(issuerAt(NOW)).toBe('old');
    // The second of notAfter is still valid, to its end.
    expect(issuerAt(NOW + DAY_MS + 999)).toBe('old');
    expect(issuerAt(NOW + DAY_MS + 1000)).toBe('renewed');
    // A clock that is set back.
    expect(issuerAt(NOW + DAY_MS + 999)).toBe('old');
    expect(issuerAt(NOW - 2 * DAY_MS)).toBe('old');
    // Neither is: the first one sent is used.
    expect(issuerAt(NOW + 6 * DAY_MS)).toBe('old');
  });

  test('is limited: of one host the chain that was read first is forgotten first', () => {
    const small = createChainReader({ roots: [root.pem] });
    const leaves = Array.from({ length: 129 }, (_, serial) => root.leaf({ commonName: `leaf ${serial}` }));
    const read = (at: number, host = HOST) =>
      small.read(der(leaves[at] as typeof leaf), host, undefined, NOW);
    const [first, second] = [read(0), read(1)];
    const ofAnother = read(0, 'b.example');
    for (const at of leaves.keys()) read(at);
    expect(read(1)).toBe(second);
    expect(read(0)).not.toBe(first);
    expect(read(0, 'b.example')).toBe(ofAnother);
  });

  test('is forgotten when the host was not probed for so long', () => {
    const reader = createChainReader({ roots: [root.pem], keptMs: DAY_MS });
    const read = (host: string, now: number) => reader.read(der(leaf, intermediate), host, undefined, now);
    const [a, b] = [read('a.example', NOW), read('b.example', NOW)];
    for (let hour = 1; hour <= 48; hour += 1) expect(read('a.example', NOW + hour * 3_600_000)).toBe(a);
    expect(read('b.example', NOW + 2 * DAY_MS)).not.toBe(b);
  });
});
