import { expect, test } from 'vitest';
import { createRoot } from '../../lab/authority.ts';
import { startNginx } from '../../lab/nginx.ts';
import { requires } from '../support/requires.ts';
import { handshake } from './handshake.ts';

requires('nginx')('nginx', () => {
  const root = createRoot();
  const intermediate = root.intermediate();
  const issue = () => [intermediate.leaf(), intermediate.issued];

  test('presents its chains on every address, and others after a reload', async () => {
    const [before, rsa, after] = [issue(), [root.leaf({ algorithm: 'rsa-2048' })], issue()];
    const nginx = await startNginx({ chains: [before, rsa], hosts: ['127.0.0.1', '127.0.0.2', '::1'] });
    const ecdsa = (host: string) =>
      handshake({ host, port: nginx.port }, { sigalgs: 'ecdsa_secp256r1_sha256' });
    for (const host of nginx.hosts) {
      expect((await ecdsa(host)).chain).toEqual(before.map(({ der }) => der));
    }
    const other = await handshake({ host: '::1', port: nginx.port }, { sigalgs: 'rsa_pss_rsae_sha256' });
    expect(other.chain).toEqual(rsa.map(({ der }) => der));
    for (const next of [after, issue(), issue()]) {
      await nginx.rotate([next, rsa]);
      expect((await ecdsa('127.0.0.2')).chain).toEqual(next.map(({ der }) => der));
    }
    await nginx.close();
    await expect(ecdsa('127.0.0.1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('refuses to start without a usable certificate, and says so', async () => {
    const mismatched = { ...root.leaf(), keyPem: root.leaf().keyPem };
    await expect(startNginx({ chains: [[mismatched]] })).rejects.toThrow('key values mismatch');
  });
});
