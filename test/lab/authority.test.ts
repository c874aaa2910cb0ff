import { execFile } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect } from 'vitest';
import { createRoot, type Issued, pemChain, selfSigned } from '../../lab/authority.ts';
import {
  certificatePolicies,
  extendedKeyUsage,
  keyUsage,
  nameConstraints,
  policyConstraints,
} from '../../lab/constraints.ts';
import { generateKeys, type KeyAlgorithm } from '../../lab/keys.ts';
import { testRequiring } from '../support/requires.ts';

const test = testRequiring('openssl');

const run = promisify(execFile);
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pinwatch-authority-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function write(name: string, pem: string): Promise<string> {
  const file = join(directory, name);
  await writeFile(file, pem);
  return file;
}

async function opensslVerify(leaf: Issued, root: string, untrusted = ''): Promise<string> {
  const args = ['verify', '-x509_strict', '-auth_level', '0', '-CAfile', await write('root.pem', root)];
  if (untrusted) args.push('-untrusted', await write('untrusted.pem', untrusted));
  args.push(await write('leaf.pem', leaf.pem));
  return run('openssl', args).then(
    ({ stdout }) => stdout.trim().replace(/^.*: /, ''),
    (error: { stderr: string }) => error.stderr,
  );
}

async function opensslText(issued: Issued): Promise<string> {
  const file = await write('text.pem', issued.pem);
  return (await run('openssl', ['x509', '-in', file, '-noout', '-text', '-nameopt', 'RFC2253'])).stdout;
}

const algorithms: readonly KeyAlgorithm[] = [
  'ec-p256',
  'ec-p384',
  'ed25519',
  'rsa-1024',
  'rsa-2048',
  'rsa-pss-2048',
];

test.each(algorithms)('a chain of %s keys satisfies OpenSSL and Node', async (algorithm) => {
  const keys = generateKeys(algorithm);
  const root = createRoot({ algorithm: 'ec-p256', commonName: 'Root', keys });
  const intermediate = root.intermediate({ commonName: 'Intermediate', algorithm, pathLength: 0 });
  const leaf = intermediate.leaf({ names: ['api.example.com', '127.0.0.1', '::1'], algorithm });
  expect(await opensslVerify(leaf, root.pem, intermediate.pem)).toBe('OK');

  const certificate = new X509Certificate(leaf.der);
  expect(certificate.subjectAltName).toBe(
    'DNS:api.example.com, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
  );
  expect(certificate.checkIssued(new X509Certificate(intermediate.pem))).toBe(true);
  expect(certificate.verify(intermediate.issued.keys.publicKey)).toBe(true);
  expect(certificate.verify(generateKeys(algorithm).publicKey)).toBe(false);
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
  expect(leaf.pin).toBe(`sha256/${createHash('sha256').update(spki).digest('base64')}`);
});

test('the pin of an RSA key without NULL parameters is over the bytes in the certificate', async () => {
  const keys = generateKeys('rsa-2048');
  const root = createRoot();
  const [plain, odd] = [root.leaf({ keys }), root.leaf({ keys, spkiWithoutNull: true })];
  expect(odd.pin).not.toBe(plain.pin);
  expect(await opensslVerify(odd, root.pem)).toBe('OK');
  const dump = (await run('openssl', ['asn1parse', '-in', await write('odd.pem', odd.pem)])).stdout;
  const spkiOffset = dump.match(
    /(\d+):d=2 {2}hl=4 l= *\d+ cons: SEQUENCE *\n *\d+:d=3 .*\n.*rsaEncryption/,
  )?.[1];
  if (spkiOffset === undefined) throw new Error(`no SPKI in ${dump}`);
  const out = join(directory, 'odd.spki');
  const args = ['-in', join(directory, 'odd.pem'), '-strparse', spkiOffset, '-noout', '-out', out];
  await run('openssl', ['asn1parse', ...args]);
  const { stdout } = await run('openssl', ['dgst', '-sha256', '-r', out]);
  expect(Buffer.from(odd.pin.slice(7), 'base64').toString('hex')).toBe(stdout.slice(0, 64));
});

test('hostile subjects, an empty subject and far dates are written as asked', async () => {
  const root = createRoot();
  const subject = [
    { type: 'C', value: 'DE' },
    { type: 'DC', value: 'example' },
    { type: 'O', value: '<b>"\n\u0000', string: 'bmp' as const },
    [
      { type: 'OU', value: 'é', string: 'teletex' as const },
      { type: '1.3.6.1.4.1.99999.1', value: Buffer.from([0xff, 0xfe]), string: 'teletex' as const },
    ],
  ];
  const hostile = await opensslText(root.leaf({ subject }));
  expect(hostile).toContain('1.3.6.1.4.1.99999.1=#1402FFFE');
  expect(hostile).toContain('O=\\00\\<\\00b\\00\\>\\00\\"\\00\\0A\\00\\00,DC=example,C=DE');

  const empty = await opensslText(root.leaf({ subject: [], names: ['a.test'] }));
  expect(empty).toMatch(/Subject: *\n/);
  expect(empty).toContain('X509v3 Subject Alternative Name: critical');

  for (const notAfter of [
    '2049-12-31T23:59:59.000Z',
    '2050-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59.000Z',
  ]) {
    const { validTo } = new X509Certificate(root.leaf({ notAfter: new Date(notAfter) }).der);
    expect(new Date(validTo).toISOString()).toBe(notAfter);
  }
});

test('forgeries do not verify, cross-signatures do', async () => {
  const [root, other] = [createRoot({ commonName: 'Old' }), createRoot({ commonName: 'New' })];
  const intermediate = other.intermediate();
  const leaf = intermediate.leaf();
  expect(await opensslVerify(leaf, root.pem, intermediate.pem)).toContain(
    'unable to get local issuer certificate',
  );
  const bridge = root.crossSign(other);
  expect(bridge.pin).toBe(other.issued.pin);
  expect(await opensslVerify(leaf, root.pem, pemChain([intermediate.issued, bridge]))).toBe('OK');

  expect(await opensslVerify(root.leaf({ brokenSignature: true }), root.pem)).toContain('signature failure');
  const forged = other.leaf({ issuerName: root.name, keyIdentifiers: false });
  expect(new X509Certificate(forged.der).issuer).toBe('CN=Old');
  expect(await opensslVerify(forged, root.pem)).toContain('signature failure');
  expect(await opensslVerify(selfSigned(), root.pem)).toContain('self-signed certificate');
});

test('a wrong attribute is refused by name', () => {
  expect(() => createRoot({ subject: [{ type: 'XX', value: '' }] })).toThrow('found "XX"');
});

test('what a certificate may be used for is written as OpenSSL reads it', async () => {
  const root = createRoot({ commonName: 'Root', extensions: [keyUsage('keyCertSign')] });
  const bounds = [
    nameConstraints({ permitted: ['example.com'], excluded: ['bad.example.com'] }),
    ...[certificatePolicies('1.2.3.4'), policyConstraints({ requireExplicit: 0 })],
    extendedKeyUsage('1.3.6.1.5.5.7.3.1'),
  ];
  const text = await opensslText(root.intermediate({ extensions: bounds, hash: 'sha1' }).issued);
  expect(text.replace(/\s+/g, ' ')).toContain(
    'Name Constraints: critical Permitted: DNS:example.com Excluded: DNS:bad.example.com',
  );
  expect(text).toMatch(/Policy: 1\.2\.3\.4/);
  expect(text).toMatch(/Policy Constraints: critical\s+Require Explicit Policy:0/);
  expect(text).toMatch(/Extended Key Usage: \n\s+TLS Web Server Authentication\n/);
  expect(text).toContain('Signature Algorithm: ecdsa-with-SHA1');
  expect(await opensslText(root.issued)).toMatch(/Key Usage: critical\n\s+Certificate Sign\n/);
});
