import { createPrivateKey, createPublicKey } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createRoot } from '../../../lab/authority.ts';
import { requires } from '../../support/requires.ts';
import { asBer } from './ber-form.ts';
import { material, pkcs7, pkcs12 } from './key-files.ts';
import { openssl } from './openssl.ts';
import { problem } from './reading.ts';

requires('openssl')('files that are in no form that is read', () => {
  const ec = material('p-256');
  const der = openssl(['x509', '-outform', 'der'], ec.certificate);
  const key = openssl(['pkcs8', '-topk8', '-nocrypt', '-outform', 'der'], ec.key);
  const pem = ec.certificate.toString();
  const jwk = createPublicKey(ec.publicKey).export({ format: 'jwk' });
  const secretJwk = createPrivateKey(ec.key).export({ format: 'jwk' });
  const utf16 = (text: string, order: 'le' | 'be') => {
    const bytes = Buffer.from(text, 'utf16le');
    return order === 'le' ? bytes : bytes.swap16();
  };
  const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
  const ssh = 'AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBOV7UBbwBaLOeo';

  const forms: [string, string | Uint8Array, string | RegExp][] = [
    ['JKS', hex('feedfeed 00000002 00000001'), /^a Java keystore \(JKS\); keytool -importkeystore .*PKCS12/],
    ['JCEKS', hex('cececece 00000002 00000001'), /^a Java keystore \(JCEKS\); keytool .*-srcstoretype JCEKS/],
    ['BKS', hex('00000002 00000014 aabbccdd'), /^a Bouncy Castle keystore \(BKS\); keytool /],
    ['zip', hex('504b0304 14000000'), /^a zip archive; unpack it/],
    ['gzip', gzipSync(pem), /^compressed data; gzip -dc FILE \|/],
    ['JWK', JSON.stringify(jwk), /^a JSON Web Key \(JWK\); node -p /],
    ['JWK of a private key', JSON.stringify(secretJwk, null, 2), /^a JSON Web Key \(JWK\); node -p /],
    ['JWKS', `\ufeff${JSON.stringify({ keys: [jwk] })}\n`, /^a set of JSON Web Keys \(JWKS\); .*\.keys\[0\]/],
    [
      'a list of JWK',
      JSON.stringify([jwk]),
      /^a set of JSON Web Keys \(JWKS\); .*\(0\)\)\[0\].* prints the pin of the first$/,
    ],
    ['other JSON', '{"pins":[]}', 'JSON without a key'],
    [
      'an SSH public key',
      `ecdsa-sha2-nistp256 ${ssh} me@here\n`,
      /^an SSH public key; ssh-keygen -e -m PKCS8/,
    ],
    ['Ed25519 of SSH', `ssh-ed25519 ${ssh}`, /^an SSH public key; /],
    ['a line of authorized_keys', `no-pty,from="10.0.0.1" ssh-rsa ${ssh} me`, /^an SSH public key; /],
    ['RFC 4716', `---- BEGIN SSH2 PUBLIC KEY ----\n${ssh}\n`, /^an SSH public key; ssh-keygen -i -f FILE/],
    ['PuTTY', 'PuTTY-User-Key-File-3: ssh-rsa\r\n', /^a PuTTY private key; puttygen /],
    [
      'UTF-16',
      Buffer.concat([hex('fffe'), utf16(pem, 'le')]),
      /^UTF-16 text, as PowerShell writes it; iconv /,
    ],
    ['UTF-16 in the other order', Buffer.concat([hex('feff'), utf16(pem, 'be')]), /^UTF-16 text/],
    ['UTF-16 without a mark', utf16(pem, 'le'), /^UTF-16 text/],
    ['the same in the other order', utf16(pem, 'be'), /^UTF-16 text/],
    [
      'DER and a line end',
      Buffer.concat([der, Buffer.from('\n')]),
      junk('a certificate', der, '1 more byte'),
    ],
    ['DER twice', Buffer.concat([der, der]), junk('a certificate', der, 'a certificate')],
    [
      'DER and PEM',
      Buffer.concat([der, ec.certificate]),
      junk('a certificate', der, `${pem.length} more bytes`),
    ],
    ['a key and zeros', Buffer.concat([key, Buffer.alloc(9)]), junk('a private key', key, '9 more bytes')],
    [
      'PKCS#12 of indefinite length and more',
      Buffer.concat([asBer(pkcs12(ec), 1), Buffer.from('\r\n')]),
      /^PKCS#12 in DER that is followed by 2 more bytes; head -c \d+ FILE/,
    ],
    ['base64 alone', pem.replace(/-----.*/g, ''), base64('a certificate')],
    ['base64 of a key in one line', key.toString('base64'), base64('a private key')],
    ['base64 of PKCS#7', pkcs7(ec.certificate, 'DER').toString('base64'), base64('PKCS#7')],
    ['base64 of PEM', Buffer.from(pem).toString('base64'), /^PEM in base64 once more; base64 -d FILE \|/],
    ['hex', der.toString('hex').toUpperCase(), /^a certificate in hex; xxd -r -p FILE \|/],
    ['a pin', `${ec.pin}\n`, `a pin already: ${ec.pin}`],
    [
      'DER that is cut off',
      der.subarray(0, -10),
      `DER that is cut off: it states ${der.length} bytes and has ${der.length - 10}`,
    ],
    ['text', 'hello', 'neither'],
    ['text that base64 would take', 'hello world', 'neither'],
    ['broken JSON', '{"kty":', 'neither'],
  ];

  function junk(what: string, { length }: Buffer, more: string): string {
    return `${what} in DER that is followed by ${more}; head -c ${length} FILE | pinwatch pin from - reads it alone`;
  }

  function base64(what: string): string {
    return `${what} in base64 without BEGIN and END lines; base64 -d FILE | pinwatch pin from - reads it`;
  }

  const expected = 'expected PEM, or DER of a certificate, a request, a key, PKCS#7 or PKCS#12, found ';

  test.each(forms)('%s is recognized', async (_, content, found) => {
    const told = await problem(Buffer.from(content as string));
    expect(told.startsWith(expected), told).toBe(true);
    const rest = told.slice(expected.length);
    if (typeof found === 'string') expect(rest).toBe(found);
    else expect(rest).toMatch(found);
  });

  test('no private part of a key is in the message', async () => {
    const told = await problem(Buffer.from(JSON.stringify(secretJwk)));
    expect(told).not.toContain(String(secretJwk.d));
  });

  test('PEM with its line ends written out', async () => {
    const told = await problem(Buffer.from(pem.replaceAll('\n', '\\n')));
    expect(told).toBe(
      `block 1: expected base64 between its BEGIN and END lines, found \\n written out as in an environment variable; printf '%b' "$(cat FILE)" | pinwatch pin from - reads it`,
    );
  });

  test('PEM inside of DER is not read because bytes follow', async () => {
    const inside = { oid: '1.3.6.1.4.1.55555.1', value: Buffer.from(`\n${pem}`) };
    const outside = createRoot().leaf({ extensions: [inside] }).der;
    expect(await problem(Buffer.concat([outside, Buffer.from('\n')]))).toBe(
      expected + junk('a certificate', outside, '1 more byte'),
    );
  });
});
