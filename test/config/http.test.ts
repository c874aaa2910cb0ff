import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createRoot, type Issued, pemChain } from '../../lab/authority.ts';
import { readAnchors } from '../../src/adapters/x509/anchors.ts';
import { loadConfig } from '../../src/config/load.ts';

const folder = mkdtempSync(join(tmpdir(), 'pinwatch-config-http-'));
afterAll(() => rmSync(folder, { recursive: true }));

const root = createRoot();
const intermediate = root.intermediate();
const leaf = intermediate.leaf({ names: ['pinwatch.example.com'] });
const chain = pemChain([leaf, intermediate.issued]);

function load(certificate: string, key: string) {
  const path = join(folder, 'pinwatch.yaml');
  writeFileSync(join(folder, 'server.pem'), certificate);
  writeFileSync(join(folder, 'server.key'), key);
  writeFileSync(path, 'http: { tls: { certFile: server.pem, keyFile: server.key } }\naccounts: {}\n');
  return loadConfig({ path, readAnchors, environment: {} });
}

describe('http.tls', () => {
  test('is read from the files beside the configuration', async () => {
    expect(await load(chain, leaf.keyPem)).toMatchObject({
      config: { http: { tls: { cert: chain, key: leaf.keyPem } } },
    });
  });

  const withPassword = ({ keys }: Issued) =>
    keys.privateKey
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'hunter2' })
      .toString();
  const broken = intermediate.pem.replace(/.{64}\n/, '');
  test.each([
    [
      "another certificate's key",
      chain,
      intermediate.issued.keyPem,
      'keyFile',
      'expected the private key of the certificate in http.tls.certFile, found another',
    ],
    [
      'a key with a password',
      chain,
      withPassword(leaf),
      'keyFile',
      'expected a PEM file with the private key, without a password, found none',
    ],
    [
      'an empty certificate',
      '',
      leaf.keyPem,
      'certFile',
      'expected a PEM file with the certificate and its intermediates, found none',
    ],
    [
      'an intermediate that is cut',
      leaf.pem + broken,
      leaf.keyPem,
      null,
      expect.stringMatching(/^expected a usable certificate and key: OpenSSL refuses them \(\w+\)$/),
    ],
  ])('refuses %s', async (_, certificate, key, where, message) => {
    const path = where === null ? 'http.tls' : `http.tls.${where}`;
    expect(await load(certificate, key)).toMatchObject({ problems: [{ path, message }] });
  });
});

describe('PINWATCH_ADMIN_TOKEN', () => {
  function withToken(token: string) {
    writeFileSync(join(folder, 'empty.yaml'), 'accounts: {}\n');
    const environment = { PINWATCH_ADMIN_TOKEN: token };
    return loadConfig({ path: join(folder, 'empty.yaml'), readAnchors, environment });
  }

  test("is an admin's", async () => {
    const token = 'a'.repeat(24);
    expect(await withToken(token)).toMatchObject({ config: { http: { adminToken: token } } });
  });

  test('is none if a compose file has made it empty', async () => {
    expect(await withToken('')).toMatchObject({ config: { http: { adminToken: null } } });
  });

  test.each([
    ['hunter2', 'expected at least 24 characters, found 7 (not shown, it is a secret)'],
    [
      'hunter2 hunter2 hunter2 hunter2',
      'expected printable ASCII characters without spaces (not shown, it is a secret)',
    ],
    [
      'hunter2-hunter2-hunter2-ключ',
      'expected printable ASCII characters without spaces (not shown, it is a secret)',
    ],
  ])('is refused if it could be guessed or not sent: %s', async (token, message) => {
    expect(await withToken(token)).toMatchObject({ problems: [{ path: 'PINWATCH_ADMIN_TOKEN', message }] });
  });
});
