/**
 * Chains that clients and OpenSSL, or clients among themselves, see differently: over real handshakes, as `pinwatch
 * check` reports them.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Authority, createRoot, type Issued, type IssueOptions } from '../../lab/authority.ts';
import { extendedKeyUsage, keyUsage, nameConstraints, unknownCritical } from '../../lab/constraints.ts';
import { backup, folder, leafFor, look, name, parse, serve } from './check-rig.ts';

const excludes = { extensions: [nameConstraints({ excluded: [name] })] };

let files = 0;
function caFile(...roots: Authority[]): string {
  files += 1;
  const file = join(folder, `roots-${files}.pem`);
  writeFileSync(file, roots.map(({ pem }) => pem).join(''));
  return file;
}

async function judged(chain: [Issued, ...Issued[]], roots: Authority[], pins: readonly string[]) {
  const server = await serve([chain]);
  const asked = { keyType: ['ecdsa'], pin: [...pins, backup], platform: ['none'] };
  const options = { caFile: caFile(...roots), ...asked, json: true };
  const result = await look(server, options);
  const { verdict, findings, endpoints } = parse(result);
  return { status: result.status, verdict, findings, endpoint: endpoints[0] };
}

const leafOf = (ca: Authority, options: IssueOptions = {}) =>
  ca.leaf({ commonName: name, names: [name], ...options });

/** A short path to one root and a longer one to another; the longer one is sent first. */
function twoWays(fault: IssueOptions) {
  const [rootA, rootB] = [createRoot({ commonName: 'Root A' }), createRoot({ commonName: 'Root B' })];
  const upper = rootB.intermediate({ commonName: 'Upper' });
  const shared = upper.intermediate({ commonName: 'Shared' });
  const short = rootA.crossSign(shared, fault);
  return { rootA, rootB, upper, shared, short, leaf: leafOf(shared) };
}

test('a shorter path that a constraint forbids does not count: pins count on the path that clients take', async () => {
  const { rootA, rootB, upper, shared, short, leaf } = twoWays(excludes);
  const chain: [Issued, ...Issued[]] = [leaf, short, shared.issued, upper.issued];
  const pinned = await judged(chain, [rootA, rootB], [rootA.issued.pin]);
  expect(pinned).toMatchObject({ status: 1, verdict: 'mismatch', endpoint: { trusted: true } });
  expect(await judged(chain, [rootA, rootB], [upper.issued.pin])).toMatchObject({
    status: 0,
    verdict: 'match',
  });
  const alone = await judged([leaf, short], [rootA, rootB], [leaf.pin]);
  expect(alone).toMatchObject({ status: 1, endpoint: { trusted: false, trustError: 'EXCLUDED_VIOLATION' } });
  expect(alone.findings).toEqual([
    {
      code: 'chain_untrusted',
      severity: 'critical',
      message: `the name constraints of "CN=Shared" exclude the name "${name}" of "CN=${name}"`,
    },
  ]);
});

test('of two valid paths the first in the order sent counts, and the other one is reported', async () => {
  const { rootA, rootB, upper, shared, short, leaf } = twoWays({});
  const sent: [Issued, ...Issued[]] = [leaf, shared.issued, upper.issued, short];
  const found = await judged(sent, [rootA, rootB], [rootA.issued.pin]);
  expect(found).toMatchObject({ status: 1, verdict: 'mismatch' });
  expect(found.findings.map(({ code }) => code)).toEqual(['pin_mismatch', 'path_ambiguous']);
  const other: [Issued, ...Issued[]] = [leaf, short, shared.issued, upper.issued];
  expect(await judged(other, [rootA, rootB], [rootA.issued.pin])).toMatchObject({
    status: 0,
    verdict: 'match',
    findings: [{ code: 'path_ambiguous', severity: 'warning' }],
  });
});

test.each<[string, IssueOptions, string]>([
  [
    'a key usage without signatures',
    { extensions: [keyUsage('keyAgreement')] },
    'KEYUSAGE_NO_DIGITAL_SIGNATURE',
  ],
  ['a purpose of clients', { extensions: [extendedKeyUsage('1.3.6.1.5.5.7.3.2')] }, 'INVALID_PURPOSE'],
  ['an unknown critical extension', { extensions: [unknownCritical] }, 'UNHANDLED_CRITICAL_EXTENSION'],
])('a leaf with %s is refused', async (_, options, trustError) => {
  const root = createRoot();
  const ca = root.intermediate();
  const leaf = leafOf(ca, options);
  const found = await judged([leaf, ca.issued], [root], [leaf.pin]);
  expect(found).toMatchObject({ status: 1, endpoint: { trusted: false, trustError } });
  expect(found.findings.map(({ code }) => code)).toEqual(['chain_untrusted']);
});

test('what every client accepts is trusted', async () => {
  const [old, root] = [createRoot({ commonName: 'Old' }), createRoot({ commonName: 'New' })];
  const ca = root.intermediate();
  const ended = { notBefore: new Date(Date.now() - 2e9), notAfter: new Date(Date.now() - 1e9) };
  const leaf = leafOf(ca, { extensions: [extendedKeyUsage('2.5.29.37.0')] });
  // A new root and its cross-certificate; one path leads to an unknown root.
  const bridge = old.crossSign(root);
  expect(await judged([leaf, ca.issued, root.issued, bridge], [old], [leaf.pin])).toMatchObject({
    status: 0,
  });
  // An expired intermediate, sent before its renewal.
  const before = root.crossSign(ca, ended);
  expect(await judged([leaf, before, ca.issued], [root], [leaf.pin])).toMatchObject({ status: 0 });
  // Two roots with the same name, and no key identifiers to distinguish them.
  const bare = { commonName: 'Namesake', keyIdentifiers: false };
  const [first, second] = [createRoot(bare), createRoot(bare)];
  const below = leafOf(second, { keyIdentifiers: false });
  expect(await judged([below], [first, second], [below.pin])).toMatchObject({ status: 0 });
  expect(await judged([below], [second, first], [below.pin])).toMatchObject({ status: 0 });
});

test('an expired certificate is named, in any position', async () => {
  const root = createRoot();
  const ended = { notBefore: new Date(Date.now() - 2e9), notAfter: new Date(Date.now() - 1e9) };
  const ca = root.intermediate({ commonName: 'Ended', ...ended });
  const leaf = leafOf(ca);
  const [finding] = (await judged([leaf, ca.issued], [root], [leaf.pin])).findings;
  expect(finding?.message).toMatch(/^"CN=Ended" expired at \d{4}-/);
});

test.each(['hex', 'base64'] as const)(
  'a pin that is the hash of the certificate in %s is reported as such',
  async (form) => {
    const root = createRoot();
    const ca = root.intermediate();
    const leaf = leafOf(ca);
    const digest = createHash('sha256').update(leaf.der).digest(form);
    const [finding] = (await judged([leaf, ca.issued], [root], [digest])).findings;
    expect(finding?.message).toContain(
      `is the hash of the certificate "CN=${name}", not of its key; the pin of its key is ${leaf.pin}`,
    );
  },
);

test('a code is never used in a sentence', async () => {
  const server = await serve([[leafFor({ names: ['other.example'] })]]);
  const { stdout } = await look(server, { pin: [backup] });
  expect(stdout).not.toMatch(/[A-Z]{3,}_[A-Z_]+/);
  expect(stdout).toContain('not trusted: only the leaf was sent');
});
