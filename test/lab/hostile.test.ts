import { connect as connectTcp } from 'node:net';
import { connect } from 'node:tls';
import { expect, test } from 'vitest';
import { selfSigned } from '../../lab/authority.ts';
import * as hostile from '../../lab/hostile.ts';
import type { Endpoint } from '../../lab/sockets.ts';

type Reported = { code?: string };

/** The code of a handshake's end with the endpoint, or `bytes` after so many received bytes without an end. */
async function outcome(starting: Promise<Endpoint>, enough = Number.POSITIVE_INFINITY): Promise<string> {
  const endpoint = await starting;
  // The certificates here are made to fail; trust is not what is tested.
  const raw = connectTcp({ host: endpoint.host, port: endpoint.port });
  const socket = connect({ socket: raw, rejectUnauthorized: false });
  let finish: (result: string) => void = () => {};
  const result = new Promise<string>((resolve) => {
    finish = resolve;
  });
  socket.on('error', (error: Reported) => finish(error.code ?? 'no code'));
  socket.once('close', () => finish('closed'));
  // Bytes that OpenSSL swallows without a word are only counted by the TCP socket below.
  const timer = setInterval(() => {
    if (raw.bytesRead >= enough) finish('bytes');
  }, 5);
  try {
    return await result;
  } finally {
    clearInterval(timer);
    socket.destroy();
    raw.destroy();
    await endpoint.allClosed();
    await endpoint.close();
  }
}

test.each([
  ['reset in Certificate', () => hostile.resetInCertificate(), 'ECONNRESET'],
  ['reset on accept', () => hostile.resetOnAccept(), 'ECONNRESET'],
  ['close without an alert', () => hostile.closeAfterClientHello(), 'ECONNRESET'],
  ['plain HTTP', () => hostile.plainHttp(), 'ERR_SSL_WRONG_VERSION_NUMBER'],
  ['SSH banner', () => hostile.sshBanner(), 'ERR_SSL_WRONG_VERSION_NUMBER'],
  ['flood of bytes', () => hostile.floodOfBytes(), 'ERR_SSL_WRONG_VERSION_NUMBER'],
  ['alert 40', () => hostile.alerts('fatal', 40), /^ERR_SSL_.*_ALERT_HANDSHAKE_FAILURE$/],
  ['alert 112', () => hostile.alerts('fatal', 112), /^ERR_SSL_.*_UNRECOGNIZED_NAME$/],
  ['ServerHello of TLS 1.0', () => hostile.helloOf('TLSv1'), 'ERR_SSL_UNSUPPORTED_PROTOCOL'],
  ['malformed DER', () => hostile.presents([Buffer.from('3003020101', 'hex')]), /^ERR_(SSL|OSSL)_/],
  ['an empty list', () => hostile.presents([]), /^ERR_SSL_/],
  ['rubbish in 100 KB', () => hostile.presents([Buffer.alloc(120_000)]), 'ERR_SSL_EXCESSIVE_MESSAGE_SIZE'],
])('%s', async (_what, start, code) => {
  expect(await outcome(start())).toMatch(code);
});

test.each([
  ['silence after a ServerHello', () => hostile.helloOf('TLSv1.2'), 40],
  ['silence after a sound certificate', () => hostile.presents([selfSigned().der]), 300],
  ['a drip of bytes', () => hostile.drip({}, 10), 8],
  ['a flood of records that must be ignored', () => hostile.floodOfRecords(), 1_000_000],
])('%s keeps the handshake open', async (_what, start, bytes) => {
  expect(await outcome(start(), bytes)).toBe('bytes');
});

test('silence sends nothing', async () => {
  expect(await outcome(hostile.silent(), 0)).toBe('bytes');
});

test('a SYN is not answered', async () => {
  const endpoint = await hostile.noSynAck();
  const socket = connectTcp({ host: endpoint.host, port: endpoint.port });
  const events: string[] = [];
  socket.on('connect', () => events.push('connect')).on('error', ({ message }) => events.push(message));
  // Loopback answers a SYN within microseconds, so another connection's round trips are long enough to wait.
  for (let i = 0; i < 20; i++) await outcome(hostile.closeAfterClientHello());
  expect(events).toEqual([]);
  socket.destroy();
  await endpoint.close();

  const after = connectTcp({ host: endpoint.host, port: endpoint.port });
  const { code } = await new Promise<Reported>((resolve) => after.once('error', resolve));
  expect(code).toBe('ECONNREFUSED');
});
