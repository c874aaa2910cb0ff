import { getEventListeners } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { selfSigned } from '../../../../lab/authority.ts';
import {
  closeAfterClientHello,
  drip,
  floodOfBytes,
  floodOfRecords,
  plainHttp,
  presents,
  resetOnAccept,
  silent,
} from '../../../../lab/hostile.ts';
import type { Endpoint } from '../../../../lab/sockets.ts';
import { startTlsServer } from '../../../../lab/tls-server.ts';
import { ask, type Proof, type Unproven } from '../../../../src/adapters/tls/fast/ask.ts';
import { converse12 } from '../../../../src/adapters/tls/fast/handshake12.ts';
import { converse13 } from '../../../../src/adapters/tls/fast/handshake13.ts';
import { type ServerKey, serverKeyOf } from '../../../../src/adapters/tls/fast/server-key.ts';
import { fingerprintOf } from '../../../../src/adapters/tls/fingerprint.ts';

function keyOf(der: Uint8Array): ServerKey {
  const key = serverKeyOf(der);
  if (key === null) throw new TypeError('expected a key that apps take');
  return key;
}

const leaf = selfSigned();
const fingerprint = fingerprintOf([leaf.der]);
const forms = { 'TLSv1.2': converse12, 'TLSv1.3': converse13 };

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

function askOf(
  { host: address, port }: Pick<Endpoint, 'host' | 'port'>,
  { form = converse13, key = keyOf(leaf.der), signal = new AbortController().signal, timeoutMs = 5000 } = {},
): Promise<Proof | Unproven> {
  const request = { host: 'api.example.com', offer: 'ecdsa', alpn: [] } as const;
  const known = { fingerprint, key };
  return ask({ address, port, timeoutMs }, (room, fresh) => form(request, known, room, fresh), signal);
}

test.each([
  ['FIN', closeAfterClientHello, 'broken'],
  ['RST', resetOnAccept, 'broken'],
  ['plain HTTP', plainHttp, 'surprise'],
  ['a flood of noise', floodOfBytes, 'surprise'],
  ['a flood of records', floodOfRecords, 'surprise'],
  ['noise for a certificate', () => presents([Buffer.alloc(300, 7)]), 'surprise'],
] as const)('%s proves nothing', async (_, start, unproven) => {
  const server = await start();
  running.push(server);
  for (const form of Object.values(forms)) expect(await askOf(server, { form })).toMatchObject({ unproven });
});

test.each([
  ['silence', () => silent()],
  ['one byte at a time', () => drip({}, 20)],
])('%s costs no more than its time', async (_, start) => {
  const server = await start();
  running.push(server);
  expect(await askOf(server, { timeoutMs: 200 })).toEqual({ unproven: 'broken', reason: 'too late' });
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'the known chain without its key proves nothing: %s',
  async (version) => {
    const server = await startTlsServer({ chains: [[leaf]], minVersion: version, maxVersion: version });
    running.push(server);
    const form = forms[version];
    expect(await askOf(server, { form })).toEqual({ shown: [Uint8Array.from(leaf.der)] });
    const reason = "a signature that is not the server key's";
    expect(await askOf(server, { form, key: keyOf(selfSigned().der) })).toEqual({
      unproven: 'surprise',
      reason,
    });
    const other = keyOf(selfSigned({ algorithm: 'rsa-2048' }).der);
    expect(await askOf(server, { form, key: other })).toMatchObject({ unproven: 'surprise' });
  },
);

test('an aborted signal ends it at once, and leaves nothing behind', async () => {
  const server = await silent();
  running.push(server);
  const controller = new AbortController();
  const asking = askOf(server, { signal: controller.signal });
  const reason = new Error('enough');
  controller.abort(reason);
  await expect(asking).rejects.toBe(reason);
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  await expect(askOf(server, { signal: controller.signal })).rejects.toBe(reason);
  await server.allClosed();
});
