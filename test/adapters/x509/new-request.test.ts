import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { createRoot } from '../../../lab/authority.ts';
import { tool } from '../../../lab/child.ts';
import { certificatesAsPem, certificatesIn } from '../../../src/adapters/x509/certificates-in.ts';
import { newServerKey } from '../../../src/adapters/x509/new-request.ts';
import { readPinSource } from '../../../src/adapters/x509/pin-sources.ts';
import { requires } from '../../support/requires.ts';

const noPassword = async () => ({ ok: false, problem: 'none' }) as const;

requires('openssl')('a certificate request', () => {
  const openssl = (input: string, ...args: string[]) =>
    execFileSync(tool('openssl'), args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });

  test.each(['ecdsa', 'rsa'] as const)('with an %s key is one to OpenSSL, with all names', (keyType) => {
    const hosts = ['api.example.com', '192.0.2.1', '2001:db8::1'];
    const { requestPem, privatePem, subject } = newServerKey(keyType, hosts);
    const text = openssl(requestPem, 'req', '-verify', '-noout', '-text');
    expect(text).toContain('Subject: CN = api.example.com');
    expect(text).toContain('DNS:api.example.com, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1');
    expect(subject).toBe('CN=api.example.com');
    const [key, request] = [
      openssl(privatePem, 'pkey', '-pubout'),
      openssl(requestPem, 'req', '-noout', '-pubkey'),
    ];
    expect(request).toBe(key);
  });

  test('has room for a certificate with many long names, and none in its subject', () => {
    const hosts = Array.from({ length: 200 }, (_, at) => `${'a'.repeat(60)}-${at}.example.com`);
    const { requestPem, subject } = newServerKey('ecdsa', hosts);
    expect(subject).toBe('');
    expect(openssl(requestPem, 'req', '-verify', '-noout', '-text')).toContain(`DNS:${hosts[199]}`);
  });
});

test('its pin is that of its request and of its key', async () => {
  for (const keyType of ['ecdsa', 'rsa'] as const) {
    const { requestPem, privatePem, pin } = newServerKey(keyType, ['api.example.com']);
    for (const pem of [requestPem, privatePem]) {
      expect(await readPinSource(Buffer.from(pem), noPassword)).toMatchObject({ ok: true, value: [{ pin }] });
    }
  }
});

test('of a file only its certificates are taken', () => {
  const root = createRoot();
  const leaf = root.leaf({ names: ['api.example.com'] });
  const chain = `${leaf.pem}${root.pem}`;
  expect(certificatesAsPem(Buffer.from(`${leaf.keyPem}Bag Attributes\n${chain}`))).toEqual({
    ok: true,
    value: chain,
  });
  expect(certificatesAsPem(leaf.der)).toEqual({ ok: true, value: leaf.pem });
  expect(certificatesIn(chain)).toEqual({ ok: true, value: [leaf.der, root.issued.der] });
  for (const file of ['', 'no certificate', leaf.keyPem, '\u0030\u0003\u0001\u0001\u0001']) {
    expect(certificatesAsPem(Buffer.from(file))).toMatchObject({ ok: false });
  }
});
