import { expect, test } from 'vitest';
import { createRoot } from '../../lab/authority.ts';
import { startOpensslServer, startTls10Server } from '../../lab/openssl.ts';
import { requires } from '../support/requires.ts';
import { handshake } from './handshake.ts';

requires('openssl')('openssl s_server', () => {
  const root = createRoot();
  const intermediate = root.intermediate();
  const chain = [intermediate.leaf(), intermediate.issued];

  test('s_server presents both of its chains', async () => {
    const rsa = [root.leaf({ algorithm: 'rsa-2048' })];
    const server = await startOpensslServer({ chains: [chain, rsa] });
    const ecdsa = await handshake(server, { sigalgs: 'ecdsa_secp256r1_sha256' });
    expect(ecdsa.chain).toEqual(chain.map(({ der }) => der));
    const other = await handshake(server, { sigalgs: 'rsa_pss_rsae_sha256' });
    expect(other.chain).toEqual(rsa.map(({ der }) => der));
    await server.close();
    await expect(handshake(server)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('TLS 1.0 alone is served, and refused by a newer client', async () => {
    const server = await startTls10Server(chain, '::1');
    const old = await handshake(server, { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' });
    expect(old.protocol).toBe('TLSv1');
    await expect(handshake(server)).rejects.toThrow();
    await server.close();
  });

  test('a server that cannot start says why', async () => {
    await expect(startOpensslServer({ chains: [chain], args: ['-nonsense'] })).rejects.toThrow('-nonsense');
  });
});
