import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encode, octets } from '../../../lab/der.ts';
import { readPinSource } from '../../../src/adapters/x509/pin-sources.ts';
import { parsed } from '../../../src/core/parsed.ts';
import { requires } from '../../support/requires.ts';
import { asBer } from './ber-form.ts';
import { encrypted, material, password, pkcs7, pkcs12 } from './key-files.ts';
import { openssl } from './openssl.ts';
import { problem, read } from './reading.ts';

requires('openssl')('hostile files of keys', () => {
  const none = Buffer.alloc(0);
  const [rsa, ec, ed] = [material('rsa'), material('p-256'), material('ed25519')];
  const pkcs8 = (key: Buffer) => openssl(['pkcs8', '-topk8', '-nocrypt', '-outform', 'der'], key);
  const block = (label: string, body: Buffer) =>
    Buffer.from(`-----BEGIN ${label}-----\n${body.toString('base64')}\n-----END ${label}-----\n`);
  const der = (pem: Buffer) => openssl(['x509', '-outform', 'der'], pem);

  test('a problem names the block and what was expected', async () => {
    const certificate = der(ec.certificate);
    const key = pkcs8(ec.key);
    const after = (bad: Buffer) => problem(Buffer.concat([rsa.certificate, bad]));
    expect(await after(block('CERTIFICATE', certificate.subarray(0, -1)))).toMatch(
      /^block 2: Certificate: ends at byte \d+, 1 beyond the enclosing element$/,
    );
    expect(await after(block('CERTIFICATE', key))).toBe(
      'block 2: expected a certificate, as its BEGIN line says, found a private key',
    );
    expect(await after(block('PRIVATE KEY', certificate))).toBe(
      'block 2: expected a private key, as its BEGIN line says, found a certificate',
    );
    expect(await after(block('PRIVATE KEY', key.subarray(0, -9)))).toMatch(
      /^block 2: PrivateKeyInfo: ends at byte \d+, 9 beyond the enclosing element$/,
    );
    const noKey = Buffer.from('300d020100300506032b65700401ff', 'hex');
    expect(await after(block('PRIVATE KEY', noKey))).toBe(
      'block 2: expected a private key that OpenSSL can read, found none',
    );
    expect(await after(block('OPENSSH PRIVATE KEY', key))).toMatch(
      /^block 2: expected a certificate, .* found "OPENSSH PRIVATE KEY"; ssh-keygen -p -m PKCS8/,
    );
    expect(await after(Buffer.from('-----BEGIN CERTIFICATE-----\nMIIB'))).toBe(
      'block 2: found no -----END CERTIFICATE-----',
    );
    expect(await after(block('CERTIFICATE', none))).toBe(
      'block 2: expected base64 between its BEGIN and END lines',
    );
    expect(await after(block('\u001b[31mX\u0007', key))).toMatch(/found "\\u001b\[31mX\\u0007"$/);
    const oldDes = encrypted(ec.key, ['ec', '-aes128']).toString().replace('AES-128-CBC', 'DES-CBC');
    expect(await problem(Buffer.from(oldDes))).toBe(
      'block 1: its encryption is only in the legacy provider of OpenSSL 3; ' +
        'openssl pkey -provider legacy -provider default -pubout -in FILE | pinwatch pin from - reads it',
    );
  });

  test('a file that is not a key file is reported as such', async () => {
    expect(await problem(none)).toBe('it is empty');
    const neither =
      'expected PEM, or DER of a certificate, a request, a key, PKCS#7 or PKCS#12, found neither';
    expect(await problem(Buffer.from('hello'))).toBe(neither);
    expect(await problem(Buffer.from('0.123 is no DER, and a\u0082 is none either'))).toBe(neither);
    expect(await problem(openssl(['ecparam', '-name', 'prime256v1'], none))).toBe(
      'expected a certificate or key, found none',
    );
    expect(await problem(pkcs12(ec))).toBe('no password');
  });

  test('size and number are limited', async () => {
    expect(await problem(Buffer.alloc(10 << 20, 0x30))).toBe(
      'expected at most 1048576 bytes, found 10485760',
    );
    const hundred = Buffer.concat(Array.from({ length: 100 }, () => ec.publicKey));
    expect(await read(hundred)).toHaveLength(100);
    expect(await problem(Buffer.concat([hundred, ec.publicKey]))).toBe(
      'block 101: expected at most 100 keys, found more',
    );
    const huge = Buffer.alloc(0x11000);
    expect(await problem(block('CERTIFICATE', huge))).toBe(
      'block 1: expected at most 65536 bytes, found 69632',
    );
    expect(await problem(Buffer.from('-----BEGIN CERTIFICATE-----\n'.repeat(37_000)))).toMatch(/^block 1: /);
    expect(await problem(Buffer.from('-----BEGIN EC PARAMETERS-----\n'.repeat(34_000)))).toMatch(
      /found none$/,
    );
  });

  test('garbage inside garbage ends', async () => {
    const deep = 250_000;
    expect(await problem(Buffer.alloc(2 * deep, Buffer.of(0x30, 0x80)))).toMatch(/found neither$/);
    expect(await problem(block('PKCS7', Buffer.alloc(2 * deep, Buffer.of(0x30, 0x80))))).toMatch(
      /^block 1: PKCS#7: /,
    );
    expect(await problem(block('PKCS7', Buffer.alloc(deep, Buffer.of(0x30, 0))))).toMatch(
      /^block 1: PKCS#7: /,
    );
  });

  test('files that are cut off anywhere give nothing and throw nothing', async () => {
    const files = [
      ...[
        der(rsa.certificate),
        openssl(['req', '-outform', 'der'], ec.request),
        pkcs7(ec.certificate, 'DER'),
      ],
      ...[pkcs8(rsa.key), pkcs12(ec, ['-noiter', '-nomaciter'])],
    ];
    for (const file of files) {
      for (let length = 0; length < file.length; length += 13) {
        expect(await problem(file.subarray(0, length), password)).not.toMatch(/^no problem/);
      }
    }
  });

  const small = [
    ...[der(ec.certificate), openssl(['req', '-outform', 'der'], ed.request), ec.key, ed.publicKey],
    ...[
      pkcs7(ec.certificate, 'DER'),
      asBer(pkcs7(ec.certificate, 'DER'), 3),
      pkcs12(ec, ['-noiter', '-nomaciter']),
    ],
    pkcs12(ec, ['-nomac', '-keypbe', 'NONE', '-certpbe', 'NONE']),
    encrypted(ec.key, ['pkcs8', '-topk8', '-iter', '1', '-outform', 'DER']),
  ];

  /** Whatever the bytes: a list or one sentence, and nothing that a terminal would interpret. */
  async function holds(bytes: Uint8Array): Promise<void> {
    const result = await readPinSource(bytes, async () => parsed(password));
    const text = result.ok ? JSON.stringify(result.value) : result.problem;
    expect(text).not.toMatch(/\p{Cc}/u);
    expect(text).not.toContain('unexpected structure');
    if (result.ok) {
      for (const { pin } of result.value) expect(pin).toMatch(/^sha256\/[A-Za-z0-9+/]{43}=$/);
    }
  }

  test('flipped bits are read or refused, and never throw', async () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...small), flips, async (file, changes) => {
        const bytes = Buffer.from(file);
        for (const [at, mask] of changes) {
          const index = at % bytes.length;
          bytes[index] = (bytes[index] ?? 0) ^ mask;
        }
        await holds(bytes);
      }),
      { numRuns: 1_500 },
    );
  });

  test('random bytes are refused, bare, as DER and as PEM', async () => {
    const labels = [
      'CERTIFICATE',
      'CERTIFICATE REQUEST',
      'PUBLIC KEY',
      'EC PRIVATE KEY',
      'PKCS7',
      'ENCRYPTED PRIVATE KEY',
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 100 }),
        fc.constantFrom(...labels),
        async (bytes, label) => {
          await holds(bytes);
          await holds(encode(octets(Buffer.from(bytes))).fill(0x30, 0, 1));
          await holds(block(label, Buffer.from(bytes)));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('the given bytes are left unchanged', async () => {
    for (const file of small) {
      const before = Buffer.from(file);
      await holds(file);
      expect(file.equals(before)).toBe(true);
    }
  });
});
