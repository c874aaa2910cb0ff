/** Handshakes that end after the server's chain came. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createRoot, type Issued } from '../../../lab/authority.ts';
import { type Ending, startFront } from '../../../lab/front.ts';
import { startJavaServer } from '../../../lab/java.ts';
import { startOpensslServer } from '../../../lab/openssl.ts';
import { startTlsServer, type TlsServer } from '../../../lab/tls-server.ts';
import { createHandshaker } from '../../../src/adapters/tls/handshaker.ts';
import type { FailureCode } from '../../../src/core/observation.ts';
import { requires } from '../../support/requires.ts';

const host = 'api.example.com';
const root = createRoot();
const intermediate = root.intermediate();
const chain = [intermediate.leaf({ names: [host] }), intermediate.issued];
const handshaker = createHandshaker();

let server: TlsServer;
beforeAll(async () => {
  server = await startTlsServer({ chains: [chain], maxVersion: 'TLSv1.2' });
});
afterAll(() => server.close());

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
});
async function run<T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const started = await starting;
  running.push(started);
  return started;
}
const broken = (ending: Ending, to: { host: string; port: number } = server) =>
  run(startFront({ to, ending: () => ending }));

function shake({ host: address, port }: { host: string; port: number }, handshakeTimeoutMs = 10_000) {
  const deadlines = { connectTimeoutMs: 10_000, handshakeTimeoutMs, timeoutMs: 10_000 };
  const request = { address, port, host, offer: 'any', breadth: 'app', alpn: [], ...deadlines } as const;
  return handshaker.handshake(request, new AbortController().signal);
}
const der = (certificates: readonly Issued[]) => certificates.map((issued) => Uint8Array.from(issued.der));

describe.each(['certificate', 'flight'] as const)('a TLS 1.2 server that ends after its %s', (at) => {
  test.each<[by: Ending['by'], code: FailureCode]>([
    [80, 'tls_alert'],
    ['close', 'connection_closed'],
    ['silence', 'handshake_timeout'],
    ['reset', 'connection_reset'],
  ])('by %s shows its chain, and is broken', async (by, code) => {
    const front = await broken({ at, by });
    const outcome = await shake(front, by === 'silence' ? 300 : undefined);
    if (by === 'reset' && at === 'certificate' && outcome.failure !== null) {
      // A reset in the middle of the flight may discard what has arrived.
      expect(outcome).toMatchObject({ failure: { code }, refused: null });
      return;
    }
    expect(outcome).toMatchObject({ failure: null, chain: der(chain), broken: { code } });
  });
});

test.each([40, 42, 80])(
  'the alert %i is not about a client certificate if none was requested',
  async (by) => {
    const front = await broken({ at: 'flight', by });
    expect(await shake(front)).toMatchObject({ broken: { code: 'tls_alert' } });
  },
);

test('suite and group are known as far as the handshake got', async () => {
  const suite = expect.stringMatching(/^TLS_ECDHE_ECDSA_WITH_/);
  const alert = await broken({ at: 'flight', by: 80 });
  expect(await shake(alert)).toMatchObject({ negotiated: { suite, group: 'X25519' } });
  const reset = await broken({ at: 'flight', by: 'reset' });
  expect(await shake(reset)).toMatchObject({ negotiated: { group: 'X25519' } });
});

describe('a server that requests a client certificate', () => {
  const clientCertificate = { policy: 'require', ca: createRoot({ commonName: 'Clients' }).pem } as const;
  const asking = () => run(startTlsServer({ chains: [chain], maxVersion: 'TLSv1.2', clientCertificate }));

  test.each<[by: Ending['by'] | null]>([[null], [40], [42], ['close'], ['reset']])(
    'and refuses by %s is not broken',
    async (by) => {
      const asked = await asking();
      const one = by === null ? asked : await broken({ at: 'flight', by }, asked);
      expect(await shake(one)).toMatchObject({ failure: null, chain: der(chain), broken: null });
      expect(one.connections).toBe(1);
    },
  );

  test.each<[by: Ending['by'], code: FailureCode]>([
    [80, 'tls_alert'],
    ['silence', 'handshake_timeout'],
  ])('and ends by %s is broken', async (by, code) => {
    const front = await broken({ at: 'flight', by }, await asking());
    expect(await shake(front, by === 'silence' ? 300 : undefined)).toMatchObject({ broken: { code } });
  });
});

requires('openssl')('OpenSSL’s own server', () => {
  test('that accepts only client certificates signed with SHA-1 is noticed by asking again', async () => {
    const args = [
      '-tls1_2',
      '-Verify',
      '1',
      '-client_sigalgs',
      'ECDSA+SHA1',
      '-cipher',
      'DEFAULT@SECLEVEL=0',
    ];
    const one = await run(startOpensslServer({ chains: [chain], args }));
    expect(await shake(one)).toMatchObject({ failure: null, chain: der(chain), broken: null });
  });
});

requires('javac')('Java’s server', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'that needs a client certificate on %s is not broken',
    async (version) => {
      const one = await run(
        startJavaServer({ chains: [chain], protocols: [version], needsClientCertificate: true }),
      );
      expect(await shake(one)).toMatchObject({ failure: null, chain: der(chain), broken: null });
    },
  );
});
