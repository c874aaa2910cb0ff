import type { asn1 } from 'node-forge';
import { describe, expect, test } from 'vitest';
import { createRoot } from '../../../lab/authority.ts';
import { bits, decode, encode, explicit, implicit, integer, oid, sequence } from '../../../lab/der.ts';
import { certificateFields } from '../../../src/adapters/x509/certificate-fields.ts';
import { readPinSource } from '../../../src/adapters/x509/pin-sources.ts';
import { parsed } from '../../../src/core/parsed.ts';
import type { PinSourceItem } from '../../../src/core/pin-source.ts';
import { requires } from '../../support/requires.ts';
import { asBer } from './ber-form.ts';
import {
  type Algorithm,
  algorithms,
  converted,
  encrypted,
  type Material,
  material,
  password,
  pinOf,
  pkcs7,
  pkcs12,
  sha256,
} from './key-files.ts';
import { openssl } from './openssl.ts';
import { problem, read } from './reading.ts';

requires('openssl')('files of keys', () => {
  type Asn1 = asn1.Asn1;

  const none = Buffer.alloc(0);
  const parts = (item?: Asn1) => (item?.value ?? []) as Asn1[];
  const present = (...items: readonly (Asn1 | undefined)[]) => items.filter((item) => item !== undefined);
  const names = Object.keys(algorithms) as Algorithm[];
  const made = new Map<Algorithm, Material>(names.map((name) => [name, material(name)]));
  const of = (name: Algorithm): Material => made.get(name) ?? material(name);
  const [rsa, ec, ed] = [of('rsa'), of('p-256'), of('ed25519')];

  /** Kind, pin and label of each: what is the same in every form that a key can have. */
  const brief = (items: readonly PinSourceItem[]) => items.map(({ kind, pin, key }) => [kind, pin, key]);

  const wrongPassword = `the password is wrong, or OpenSSL ${process.versions.openssl} cannot read the file`;

  const pkcs8 = (key: Buffer) => openssl(['pkcs8', '-topk8', '-nocrypt', '-outform', 'der'], key);
  const bare = { subject: null, issuer: null, notAfter: null, certificateSha256: null };

  describe.each(names)('%s', (name) => {
    const { key, publicKey, certificate, request, pin } = of(name);
    const label = algorithms[name][1];

    test('certificate', async () => {
      const der = openssl(['x509', '-outform', 'der'], certificate);
      const notAfter = openssl(['x509', '-noout', '-enddate', '-dateopt', 'iso_8601'], certificate);
      for (const bytes of [certificate, der]) {
        expect(await read(bytes)).toEqual([
          {
            ...{ kind: 'certificate', pin, key: label, certificateSha256: sha256(der) },
            ...{ subject: `CN=${name}.example`, issuer: `CN=${name}.example` },
            notAfter: notAfter.toString().trim().replace('notAfter=', '').replace(' ', 'T'),
          },
        ]);
      }
      expect(pinOf(openssl(['x509', '-noout', '-pubkey'], certificate))).toBe(pin);
    });

    test('request', async () => {
      const items = [{ ...bare, kind: 'request', pin, key: label, subject: `CN=${name}.example` }];
      expect(await read(request)).toEqual(items);
      expect(await read(openssl(['req', '-outform', 'der'], request))).toEqual(items);
      expect(await read(openssl(['req', '-newhdr'], request))).toEqual(items);
    });

    test('public key', async () => {
      const items = [{ ...bare, kind: 'public-key', pin, key: label }];
      expect(await read(publicKey)).toEqual(items);
      expect(await read(openssl(['pkey', '-pubin', '-outform', 'der'], publicKey))).toEqual(items);
    });

    test('private key, plain and encrypted', async () => {
      const items = [{ ...bare, kind: 'private-key', pin, key: label }];
      expect(key.toString()).toMatch(/^-----BEGIN PRIVATE KEY-----/);
      expect(await read(key)).toEqual(items);
      expect(await read(pkcs8(key))).toEqual(items);
      for (const form of ['PEM', 'DER']) {
        const file = encrypted(key, ['pkcs8', '-topk8', '-outform', form]);
        expect(await read(file, password)).toEqual(items);
      }
    });

    test('private key of PKCS#8 version 2, with its public key stated in either form', async () => {
      const items = [{ ...bare, kind: 'private-key', pin, key: label }];
      const [, algorithm, secret] = parts(decode(pkcs8(key)));
      const spki = parts(decode(openssl(['pkey', '-pubin', '-outform', 'der'], publicKey)))[1];
      const stated = Buffer.from(String(spki?.value), 'latin1');
      const attributes = encode(explicit(0, sequence(oid('1.2.840.113549.1.9.20'))));
      for (const more of [
        // As in RFC 5958 (IMPLICIT), and as ring once wrote it (EXPLICIT).
        [encode(implicit(1, stated))],
        [encode(explicit(1, bits(stated.subarray(1))))],
        [attributes, encode(implicit(1, stated))],
        [attributes],
        [],
      ]) {
        const file = encode(sequence(integer(1), ...present(algorithm, secret), ...more.map(decode)));
        expect(await read(file)).toEqual(items);
        const pem = `-----BEGIN PRIVATE KEY-----\n${file.toString('base64')}\n-----END PRIVATE KEY-----\n`;
        expect(await read(Buffer.from(pem))).toEqual(items);
      }
    });

    test('PKCS#12', async () => {
      const more = Buffer.concat([rsa.certificate, ec.certificate, ed.certificate]);
      expect(brief(await read(pkcs12(of(name), [], { more }), password))).toEqual([
        ['certificate', pin, label],
        ['certificate', rsa.pin, 'RSA 2048'],
        ['certificate', ec.pin, 'EC P-256'],
        ['certificate', ed.pin, 'Ed25519'],
        ['private-key', pin, label],
      ]);
    });

    test('PKCS#7', async () => {
      for (const form of ['PEM', 'DER'] as const) {
        expect(brief(await read(pkcs7(certificate, form)))).toEqual([['certificate', pin, label]]);
      }
    });
  });

  test('PKCS#1 and SEC 1, plain and encrypted in OpenSSL’s old form', async () => {
    for (const [{ key, pin, algorithm }, kind] of [
      [rsa, 'rsa'],
      [ec, 'ec'],
      [of('p-521'), 'ec'],
    ] as const) {
      const label = algorithms[algorithm][1];
      const items = [['private-key', pin, label]];
      const traditional = openssl([kind, ...(kind === 'rsa' ? ['-traditional'] : [])], key);
      expect(traditional.toString()).toContain(`BEGIN ${kind.toUpperCase()} PRIVATE KEY`);
      expect(brief(await read(traditional))).toEqual(items);
      const der = openssl([kind, '-outform', 'der', ...(kind === 'rsa' ? ['-traditional'] : [])], key);
      expect(brief(await read(der))).toEqual(items);
      for (const cipher of ['-aes128', '-aes256', '-des3']) {
        const args = [kind, cipher, ...(kind === 'rsa' ? ['-traditional'] : [])];
        const file = encrypted(key, args);
        expect(file.toString()).toContain('Proc-Type: 4,ENCRYPTED');
        expect(brief(await read(file, password))).toEqual(items);
        const crlf = file.toString().replaceAll('\n', '\r\n');
        expect(brief(await read(Buffer.from(crlf), password))).toEqual(items);
        expect(await problem(file, 'wrong')).toBe(`block 1: ${wrongPassword}`);
        const indented = file.toString().replace(/^/gm, '  ');
        expect(brief(await read(Buffer.from(indented), password))).toEqual(items);
      }
    }
    const pkcs1 = openssl(['rsa', '-pubin', '-RSAPublicKey_out'], rsa.publicKey);
    expect(pkcs1.toString()).toContain('BEGIN RSA PUBLIC KEY');
    const items = [['public-key', rsa.pin, 'RSA 2048']];
    expect(brief(await read(pkcs1))).toEqual(items);
    const der = openssl(['rsa', '-pubin', '-RSAPublicKey_out', '-outform', 'der'], rsa.publicKey);
    expect(brief(await read(der))).toEqual(items);
  });

  test.each([
    ['-v2', 'aes-128-cbc'],
    ['-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA1'],
    ['-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA512'],
    ['-v2', 'des-ede3-cbc'],
    ['-scrypt'],
    ['-v1', 'PBE-SHA1-3DES'],
    ['-v1', 'PBE-SHA1-2DES'],
  ])('a key encrypted with pkcs8 %s %s', async (...args) => {
    const file = encrypted(ec.key, ['pkcs8', '-topk8', ...args]);
    expect(brief(await read(file, password))).toEqual([['private-key', ec.pin, 'EC P-256']]);
    expect(await problem(file, 'wrong')).toBe(`block 1: ${wrongPassword}`);
  });

  test.each([
    ['-macalg', 'sha1'],
    ['-macalg', 'sha384'],
    ['-macalg', 'sha512', '-iter', '10000'],
    ['-certpbe', 'NONE'],
    ['-keypbe', 'NONE'],
    ['-keypbe', 'NONE', '-certpbe', 'NONE'],
    ['-certpbe', 'PBE-SHA1-3DES', '-keypbe', 'PBE-SHA1-2DES'],
    ['-certpbe', 'AES-128-CBC', '-keypbe', 'DES-EDE3-CBC'],
    ['-nomaciter', '-noiter'],
  ])('PKCS#12 with %s %s', async (...args) => {
    const file = pkcs12(ec, args);
    const items = [
      ['certificate', ec.pin, 'EC P-256'],
      ['private-key', ec.pin, 'EC P-256'],
    ];
    expect(brief(await read(file, password))).toEqual(items);
    expect(await problem(file, 'wrong')).toBe(wrongPassword);
  });

  test('PKCS#12 as Firefox writes it, with 600,000 iterations for each part', async () => {
    const file = pkcs12(ec, ['-macalg', 'sha256', '-iter', '600000']);
    const items = [
      ['certificate', ec.pin, 'EC P-256'],
      ['private-key', ec.pin, 'EC P-256'],
    ];
    expect(brief(await read(file, password))).toEqual(items);
    const given = await readPinSource(file, async () => parsed(password), true);
    expect(given.ok ? brief(given.value) : given.problem).toEqual(items);
  }, 60_000);

  test('a password that is already given is not read if nothing needs it', async () => {
    const result = await readPinSource(ec.certificate, () => Promise.reject(new Error('asked')), true);
    expect(result.ok).toBe(true);
    const open = await readPinSource(pkcs12(ec, [], { secret: '\n' }), async () => parsed('other'), true);
    expect(open.ok ? brief(open.value) : open.problem).toHaveLength(2);
  });

  test('PKCS#12 without a password is opened without asking', async () => {
    const items = [
      ['certificate', ec.pin, 'EC P-256'],
      ['private-key', ec.pin, 'EC P-256'],
    ];
    expect(brief(await read(pkcs12(ec, [], { secret: '\n' })))).toEqual(items);
    const open = pkcs12(ec, ['-keypbe', 'NONE', '-certpbe', 'NONE', '-nomac'], { secret: '\n' });
    expect(brief(await read(open))).toEqual(items);
  });

  describe('what OpenSSL cannot open by itself gives a command that converts it to PEM', () => {
    const legacy = ['-provider', 'legacy', '-provider', 'default'];
    const both = [
      ['certificate', ec.pin, 'EC P-256'],
      ['private-key', ec.pin, 'EC P-256'],
    ];
    const noKey = pkcs12(ec, ['-nokeys']);
    const forms: [string, Buffer, string, unknown][] = [
      ['PKCS#12 with RC2', pkcs12(ec, ['-legacy']), 'PKCS#12: its encryption is only in ', both],
      ['PKCS#12 without a key', noKey, 'PKCS#12: it has no private key ', both.slice(0, 1)],
      ...['PBE-MD5-DES', 'PBE-SHA1-RC2-40', 'PBE-SHA1-RC2-128'].map((scheme): (typeof forms)[number] => [
        `a key with ${scheme}`,
        encrypted(ec.key, ['pkcs8', '-topk8', '-outform', 'DER', '-v1', scheme, ...legacy]),
        'its encryption is only in ',
        [['public-key', ec.pin, 'EC P-256']],
      ]),
    ];

    test.each(forms)('%s', async (_, file, reason, items) => {
      const told = await problem(file, password);
      expect(told.startsWith(reason), told).toBe(true);
      const [, command = ''] = /; openssl (.*) -in FILE \| pinwatch pin from - reads it/.exec(told) ?? [];
      expect(brief(await read(converted(command.split(' '), file)))).toEqual(items);
    });
  });

  test('BER: indefinite lengths and octet strings in pieces', async () => {
    const file = pkcs12(ec);
    for (const depth of [1, 2, 3, 4]) {
      expect((await read(asBer(file, depth), password)).map(({ pin }) => pin)).toEqual([ec.pin, ec.pin]);
    }
    const bundle = pkcs7(Buffer.concat([rsa.certificate, ec.certificate]), 'DER');
    for (const depth of [1, 2, 3, 4]) {
      expect(new Set((await read(asBer(bundle, depth))).map(({ pin }) => pin))).toEqual(
        new Set([rsa.pin, ec.pin]),
      );
    }
  });

  test('a bundle of everything, in the order of the file, whatever is in between', async () => {
    const crlf = (pem: Buffer) => Buffer.from(pem.toString().replaceAll('\n', '\r\n'));
    const secret = encrypted(ed.key, ['pkcs8', '-topk8']);
    const parameters = openssl(['ecparam', '-name', 'prime256v1'], none);
    const trusted = openssl(['x509', '-addtrust', 'serverAuth', '-trustout'], rsa.certificate);
    const file = Buffer.concat([
      Buffer.from('\ufeffBag Attributes\n    friendlyName: -----x\n'),
      ...[ec.request, parameters, secret, crlf(ec.certificate), ec.publicKey, trusted],
      ...[
        pkcs7(Buffer.concat([ed.certificate, ed.certificate]), 'PEM'),
        encrypted(ec.key, ['ec', '-aes128']),
      ],
    ]);
    expect((await read(file, password)).map(({ kind, pin }) => [kind, pin])).toEqual([
      ['request', ec.pin],
      ['private-key', ed.pin],
      ['certificate', ec.pin],
      ['public-key', ec.pin],
      ['certificate', rsa.pin],
      ['certificate', ed.pin],
      ['certificate', ed.pin],
      ['private-key', ec.pin],
    ]);
  });

  test('the key of a certificate or request is hashed unchanged, even if a re-encoding would differ', async () => {
    const odd = createRoot({ algorithm: 'rsa-1024', spkiWithoutNull: true }).issued;
    const exported = openssl(['x509', '-noout', '-pubkey'], Buffer.from(odd.pem));
    expect(pinOf(exported)).not.toBe(odd.pin);
    for (const bytes of [Buffer.from(odd.pem), odd.der, pkcs7(Buffer.from(odd.pem), 'DER')]) {
      expect((await read(bytes)).map(({ pin }) => pin)).toEqual([odd.pin]);
    }
    const more = await read(pkcs12(ec, [], { more: Buffer.from(odd.pem) }), password);
    expect(more.map(({ pin }) => pin)).toEqual([ec.pin, odd.pin, ec.pin]);
    const [info, algorithm, signature] = parts(decode(openssl(['req', '-outform', 'der'], rsa.request)));
    const [version, subject, , attributes] = parts(info);
    const spki = decode(certificateFields(odd.der).spki as Buffer);
    const request = sequence(
      sequence(...present(version, subject, spki, attributes)),
      ...present(algorithm, signature),
    );
    expect((await read(encode(request))).map(({ pin }) => pin)).toEqual([odd.pin]);
  });

  test('a certificate with another one as PEM text inside is not taken for that other one', async () => {
    const inside = { oid: '1.3.6.1.4.1.55555.1', value: Buffer.from(`\n${ed.certificate}`) };
    const outside = createRoot().leaf({ extensions: [inside] });
    expect(await problem(outside.der)).toBe('OpenSSL reads a different certificate from it');
  });
});
