import { afterEach, describe, expect, test } from 'vitest';
import { createRoot, type Issued } from '../../../../lab/authority.ts';
import { startJavaServer } from '../../../../lab/java.ts';
import { startNginx } from '../../../../lab/nginx.ts';
import { startOpensslServer } from '../../../../lab/openssl.ts';
import { requires } from '../../../support/requires.ts';
import { host, sparing } from './sparing-rig.ts';

const root = createRoot({ algorithm: 'rsa-2048' });
const intermediate = root.intermediate({ algorithm: 'rsa-2048' });
const chainOf = (algorithm: 'ec-p256' | 'rsa-2048') => [
  intermediate.leaf({ names: [host], algorithm }),
  intermediate.issued,
];
const chains = [chainOf('ec-p256'), chainOf('rsa-2048')] as const;
const der = (chain: readonly Issued[]) => chain.map((issued) => Uint8Array.from(issued.der));

interface Server {
  readonly port: number;
  close(): Promise<void>;
}

let server: Server | undefined;
afterEach(() => server?.close());

/** Both kinds of key are known again, by a handshake that says the same as one in full. */
async function isKnownAgain(starting: Promise<Server>, protocol: string): Promise<void> {
  server = await starting;
  const { shake, fullRequests } = sparing();
  for (const [index, offer] of (['ecdsa', 'rsa'] as const).entries()) {
    const asked = { offer, alpn: ['http/1.1'] };
    const first = await shake({ host: '127.0.0.1', port: server.port }, asked);
    expect(first).toMatchObject({ protocol, chain: der(chains[index] ?? []) });
    expect(await shake({ host: '127.0.0.1', port: server.port }, asked)).toEqual({ ...first, isKnown: true });
  }
  expect(fullRequests).toHaveLength(2);
}

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s', (version) => {
  requires('nginx')('nginx', () => {
    test('is known again', () => isKnownAgain(startNginx({ chains, protocols: version }), version));
  });

  requires('openssl')('openssl s_server', () => {
    const args = [version === 'TLSv1.2' ? '-tls1_2' : '-tls1_3'];
    test('is known again', () => isKnownAgain(startOpensslServer({ chains, args }), version));
  });

  requires('java')('Java', () => {
    test('is known again', () => isKnownAgain(startJavaServer({ chains, protocols: [version] }), version));
  });
});
