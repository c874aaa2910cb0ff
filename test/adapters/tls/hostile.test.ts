/** Every way in which an endpoint can fail has a code, keeps the deadline and leaves nothing open. */

import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { selfSigned } from '../../../lab/authority.ts';
import {
  alerts,
  closeAfterClientHello,
  closeAfterTls13Hello,
  drip,
  floodOfBytes,
  floodOfRecords,
  helloOf,
  noSynAck,
  plainHttp,
  presents,
  resetInCertificate,
  resetOnAccept,
  silent,
  sshBanner,
} from '../../../lab/hostile.ts';
import { startTls10Server } from '../../../lab/openssl.ts';
import { type Endpoint, listen } from '../../../lab/sockets.ts';
import { certificateMessage, serverHello } from '../../../lab/tls-records.ts';
import { createHandshaker } from '../../../src/adapters/tls/handshaker.ts';
import type { FailureCode } from '../../../src/core/observation.ts';
import type { HandshakeRequest } from '../../../src/flow/handshaker.ts';
import { requires } from '../../support/requires.ts';
import { within } from '../../support/within.ts';

type Hostile = Pick<Endpoint, 'host' | 'port' | 'close'> & Partial<Pick<Endpoint, 'allClosed'>>;

const deadlineMs = 1000;
const handshaker = createHandshaker();
const ec = selfSigned().der;
const rsa = selfSigned({ algorithm: 'rsa-2048' }).der;

/** The DER with one byte after `mark` replaced. */
function damaged(der: Buffer, mark: string, offset: number): Buffer {
  const copy = Buffer.from(der);
  const at = copy.indexOf(Buffer.from(mark, 'hex'));
  if (at < 0) throw new Error(`no ${mark} in the certificate`);
  copy.writeUInt8(copy.readUInt8(at + offset) ^ 0x40, at + offset);
  return copy;
}

/** Sends these bytes at once, without waiting for a ClientHello. */
const greets = (bytes: Buffer) => () =>
  listen(
    createServer((socket) => {
      socket.resume();
      socket.write(bytes);
    }),
    '127.0.0.1',
    0,
  );

const resetAfterClientHello = () =>
  listen(
    createServer((socket) => socket.once('data', () => socket.resetAndDestroy())),
    '127.0.0.1',
    0,
  );

const mysqlGreeting = Buffer.concat([
  Buffer.from([0x4a, 0, 0, 0, 0x0a]),
  Buffer.from(`8.0.33\0${'x'.repeat(60)}`),
]);

const oldFlight = Buffer.concat([serverHello('TLSv1.2', 'ecdsa', false), certificateMessage([ec])]);

const rsaEncryption = '2a864886f70d010101';
const prime256v1 = '2a8648ce3d030107';

test.each<[what: string, start: () => Promise<Hostile>, code: FailureCode, spends?: 'deadline']>([
  ['no SYN-ACK', noSynAck, 'connection_timeout', 'deadline'],
  ['silence', silent, 'handshake_timeout', 'deadline'],
  ['one byte at a time', () => drip({}, 100), 'handshake_timeout', 'deadline'],
  ['silence after the ServerHello', () => helloOf('TLSv1.2'), 'handshake_timeout', 'deadline'],
  ['silence after Certificate', () => presents([ec]), 'handshake_timeout', 'deadline'],
  ['silence of a server without secure renegotiation', greets(oldFlight), 'handshake_timeout', 'deadline'],
  ['RST at once', resetOnAccept, 'connection_reset'],
  ['RST after the ClientHello', resetAfterClientHello, 'connection_reset'],
  ['FIN', closeAfterClientHello, 'connection_closed'],
  ['plain HTTP', plainHttp, 'not_tls'],
  ['SSH', sshBanner, 'not_tls'],
  ['MySQL', greets(mysqlGreeting), 'not_tls'],
  ['zeros', greets(Buffer.alloc(100_000)), 'not_tls'],
  [
    'HTTP/2',
    greets(Buffer.from('00001204000000000000030000008000040001000000050000ffffff', 'hex')),
    'not_tls',
  ],
  ['a flood of HelloRequests', floodOfRecords, 'protocol_error'],
  [
    'records of noise',
    greets(Buffer.concat([Buffer.from('1603034000', 'hex'), randomBytes(70_000)])),
    'protocol_error',
  ],
  ['the alert handshake_failure', () => alerts('fatal', 40), 'tls_alert'],
  ['the alert insufficient_security', () => alerts('fatal', 71), 'tls_alert'],
  ['the alert unrecognized_name', () => alerts('fatal', 112), 'tls_alert'],
  ['the alert internal_error', () => alerts('fatal', 80), 'tls_alert'],
  ['the alert protocol_version', () => alerts('fatal', 70), 'protocol_unsupported'],
  ['the alert certificate_required', () => alerts('fatal', 116), 'client_certificate_required'],
  ['a warning and FIN', () => alerts('warning', 112), 'connection_closed'],
  ['a TLS 1.0 ServerHello', () => helloOf('TLSv1'), 'protocol_unsupported'],
  ['a TLS 1.1 ServerHello', () => helloOf('TLSv1.1'), 'protocol_unsupported'],
  ['no certificate', () => presents([]), 'no_certificate'],
  ['an empty certificate', () => presents([Buffer.alloc(0)]), 'certificate_undecodable'],
  ['noise for a certificate', () => presents([randomBytes(300)]), 'certificate_undecodable'],
  ['noise after the leaf', () => presents([ec, randomBytes(300)]), 'certificate_undecodable'],
  ['half a certificate', () => presents([ec.subarray(0, 150)]), 'certificate_undecodable'],
  [
    'a certificate and more',
    () => presents([Buffer.concat([ec, Buffer.alloc(5)])]),
    'certificate_undecodable',
  ],
  ['an unknown kind of key', () => presents([damaged(rsa, rsaEncryption, 8)]), 'certificate_undecodable'],
  ['an unknown curve', () => presents([damaged(ec, prime256v1, 7)]), 'certificate_undecodable'],
  ['a point off the curve', () => presents([damaged(ec, prime256v1, 30)]), 'certificate_undecodable'],
  ['120 KB of certificates', () => presents(Array<Buffer>(150).fill(rsa)), 'chain_too_large'],
])('%s: %#', async (_, start, code, spends) => {
  const server = await start();
  try {
    const before = socketsAndTimers();
    const shaking = shake(server);
    expect(await within(deadlineMs * 1.2, shaking)).toBe(true);
    const { failure, elapsedMs } = await shaking;
    expect(failure).toMatchObject({ code });
    expect(failure?.message).toMatch(/^[ -~]{10,160}$/);
    expect(failure?.message).not.toMatch(/openssl\/|routines|\.c:|Error/);
    if (spends) expect(elapsedMs).toBeGreaterThan(deadlineMs * 0.8);
    await server.allClosed?.();
    // Handles of destroyed sockets close at the end of a turn of the loop, after its immediates.
    for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(socketsAndTimers()).toBeLessThanOrEqual(before);
  } finally {
    await server.close();
  }
});

test('what was shown before the silence is kept', async () => {
  const server = await presents([ec]);
  expect(await shake(server)).toMatchObject({ isShown: true, failure: { code: 'handshake_timeout' } });
  await server.close();
});

test('an endless flood of noise is cut off', async () => {
  const server = await floodOfBytes();
  const shaking = shake(server);
  expect(await within(deadlineMs * 1.2, shaking)).toBe(true);
  const { failure } = await shaking;
  // Once in a few thousand times, noise happens to start like a TLS record for OpenSSL.
  expect(['not_tls', 'protocol_error', 'protocol_unsupported']).toContain(failure?.code);
  await server.allClosed();
  await server.close();
});

test('RST in Certificate', async () => {
  const server = await resetInCertificate();
  const { failure, refused } = await shake(server, { offer: 'ecdsa' });
  expect(failure?.code).toBe('connection_reset');
  expect(refused).toBeNull();
  expect(server.connections).toBe(1);
  await server.allClosed();
  await server.close();
});

test('a closed port', async () => {
  const server = await silent();
  await server.close();
  expect((await shake(server)).failure).toMatchObject({ code: 'connection_refused' });
});

test('an address that leads nowhere', async () => {
  // 2001:db8::/32 is never routed (RFC 3849); 255.255.255.255 is refused by the kernel itself.
  const { failure } = await shake({ host: '255.255.255.255', port: 443 });
  expect(failure).toMatchObject({ code: 'network_unreachable' });
});

test('connect and handshake have their own deadlines, each named in its message', async () => {
  const deaf = await noSynAck();
  expect((await shake(deaf, { connectTimeoutMs: 200 })).failure?.message).toContain('0.2 s');
  await deaf.close();
  const mute = await silent();
  const { failure, elapsedMs } = await shake(mute, { handshakeTimeoutMs: 300 });
  expect(failure).toMatchObject({ code: 'handshake_timeout' });
  expect(failure?.message).toContain('0.3 s');
  expect(elapsedMs).toBeLessThan(deadlineMs);
  await mute.close();
});

test.each([
  ['FIN', closeAfterClientHello],
  ['RST', resetAfterClientHello],
])('a silent %s is distinguished from an alert', async (_, start) => {
  const server = await start();
  expect(await shake(server, { offer: 'ecdsa' })).toMatchObject({ refused: 'broken_off' });
  expect(server.connections).toBe(1);
  // An RSA key is also requested by its suites.
  expect(await shake(server, { offer: 'rsa' })).toMatchObject({ refused: 'broken_off' });
  expect(server.connections).toBe(3);
  await server.close();
});

test('a silent FIN from a server of only TLS 1.3 is not an alert, although one followed', async () => {
  const server = await closeAfterTls13Hello();
  expect(await shake(server, { offer: 'rsa' })).toMatchObject({
    failure: { code: 'connection_closed' },
    refused: 'broken_off',
  });
  expect(server.connections).toBe(3);
  await server.close();
});

requires('openssl')('OpenSSL’s own server', () => {
  test('that supports only TLS 1.0', async () => {
    const server = await startTls10Server([selfSigned({ algorithm: 'rsa-2048' })]);
    expect((await shake(server)).failure).toMatchObject({ code: 'protocol_unsupported' });
    await server.close();
  });
});

/** The runner's own included, so they are compared, before and after. */
function socketsAndTimers(): number {
  const kinds = /^(TCPSocketWrap|TCPConnectWrap|TLSWrap|Timeout)$/;
  return process.getActiveResourcesInfo().filter((kind) => kinds.test(kind)).length;
}

async function shake({ host, port }: Pick<Hostile, 'host' | 'port'>, asked: Partial<HandshakeRequest> = {}) {
  const startedAt = performance.now();
  const deadlines = { connectTimeoutMs: deadlineMs, handshakeTimeoutMs: deadlineMs, timeoutMs: deadlineMs };
  const request = { address: host, port, host: 'api.example.com', breadth: 'app', alpn: [] } as const;
  const { signal } = new AbortController();
  const outcome = await handshaker.handshake({ ...request, offer: 'any', ...deadlines, ...asked }, signal);
  const elapsedMs = performance.now() - startedAt;
  const isShown = outcome.failure === null;
  return {
    isShown,
    failure: isShown ? outcome.broken : outcome.failure,
    refused: isShown ? null : outcome.refused,
    elapsedMs,
  };
}
