import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRoot } from '../../../lab/authority.ts';
import { silent } from '../../../lab/hostile.ts';
import { type OpensslServer, startOpensslServer } from '../../../lab/openssl.ts';
import { startDeadline } from '../../../src/adapters/tls/deadline.ts';
import { createHandshaker } from '../../../src/adapters/tls/handshaker.ts';
import { requires } from '../../support/requires.ts';

/** As SIGSTOP, or another tenant of the machine, does. */
function pauseProcess(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

const never = new AbortController().signal;
const handshaker = createHandshaker();
const timeouts = { connectTimeoutMs: 400, handshakeTimeoutMs: 400, timeoutMs: 800 };
const shake = (where: { readonly host: string; readonly port: number }) => {
  const request = { address: where.host, port: where.port, host: 'api.example.com', alpn: [], ...timeouts };
  return handshaker.handshake({ ...request, offer: 'any', breadth: 'app' }, never);
};

requires('openssl')('a server in another process, while this one is paused', () => {
  let server: OpensslServer;
  const root = createRoot();
  const leaf = root.leaf({ names: ['api.example.com'] });
  beforeAll(async () => {
    server = await startOpensslServer({ chains: [[leaf]] });
  });
  afterAll(() => server.close());

  test('has answered in time, and is not called silent', async () => {
    for (const turns of [0, 1, 2, 3]) {
      const answer = shake(server);
      // At another moment of the handshake each time.
      for (let turn = 0; turn < turns; turn += 1) await new Promise((done) => setImmediate(done));
      pauseProcess(1_000);
      expect(await answer, `after ${turns} turns`).toMatchObject({ failure: null });
    }
  });
});

test('a silent server is called so, pause or not', async () => {
  const server = await silent();
  const answer = shake(server);
  pauseProcess(700);
  expect(await answer).toMatchObject({ failure: { code: 'handshake_timeout' } });
  await server.close();
});

test('a pause is given back once, and a cancelled deadline never expires', async () => {
  let expired = 0;
  const cancelled = startDeadline(1, () => {
    expired += 100;
  });
  cancelled.cancel();
  await new Promise<void>((done) => {
    startDeadline(20, () => {
      expired += 1;
      done();
    });
    pauseProcess(400);
    setTimeout(() => pauseProcess(400), 0);
  });
  expect(expired).toBe(1);
});
