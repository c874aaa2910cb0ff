import { afterEach, describe, expect, test } from 'vitest';
import { createRoot, type Issued } from '../../../../lab/authority.ts';
import { startTlsServer, type TlsServer, type TlsServerOptions } from '../../../../lab/tls-server.ts';
import { host, sparing } from './sparing-rig.ts';

const root = createRoot();
const intermediate = root.intermediate();
const names = [host];
const leaves = {
  'ec-p256': [intermediate.leaf({ names }), intermediate.issued],
  'ec-p384': [intermediate.leaf({ names, algorithm: 'ec-p384' }), intermediate.issued],
  'rsa-2048': [intermediate.leaf({ names, algorithm: 'rsa-2048' }), intermediate.issued],
};
const der = (chain: readonly Issued[]) => chain.map((issued) => Uint8Array.from(issued.der));

const servers: TlsServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});
async function serve(options: TlsServerOptions): Promise<TlsServer> {
  const server = await startTlsServer(options);
  servers.push(server);
  return server;
}

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s', (version) => {
  const versions = { minVersion: version, maxVersion: version };

  test.each([
    ['ec-p256', 'ecdsa'],
    ['ec-p384', 'ecdsa'],
    ['rsa-2048', 'rsa'],
  ] as const)('a server with the %s chain that was validated is known again', async (key, offer) => {
    const server = await serve({ ...versions, chains: [leaves[key]] });
    const { shake, fullRequests } = sparing();
    const first = await shake(server, { offer });
    expect(first).toMatchObject({ failure: null, broken: null, chain: der(leaves[key]) });
    expect(await shake(server, { offer })).toEqual({ ...first, isKnown: true });
    expect(await shake(server, { offer, alpn: ['h2'] })).toEqual(first);
    expect(fullRequests).toHaveLength(2);
  });
});
