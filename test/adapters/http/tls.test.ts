import { once } from 'node:events';
import { get } from 'node:https';
import { connect, type SecureVersion } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRoot, pemChain } from '../../../lab/authority.ts';
import { type HttpListener, listen } from '../../../src/adapters/http/server.ts';

const root = createRoot();
const intermediate = root.intermediate();
const leaf = intermediate.leaf({ names: ['127.0.0.1'] });

let listener: HttpListener;
beforeAll(async () => {
  const tls = { cert: pemChain([leaf, intermediate.issued]), key: leaf.keyPem };
  const on = { onError: () => {}, onFull: () => {}, onRefused: () => {} };
  const options = {
    host: '127.0.0.1',
    port: 0,
    tls,
    openMetrics: false,
    proxies: [],
    basePath: '',
    connections: 10,
    ...on,
  };
  listener = await listen(options, {
    metrics: async () => ({ contentType: 'text/plain', parts: [''] }),
    unhealthy: () => null,
    unready: () => [],
    access: {
      whois: async () => null,
      hasTokens: async () => false,
      isUnknown: () => false,
      adminToken: null,
      closed: () => null,
      outdated: () => null,
      onFailure: async () => true,
    },
    api: null,
  });
});
afterAll(() => listener.close());

test('is served with the whole chain, under the name of https', async () => {
  expect(listener.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  // Verifies against only the root: without the intermediate it would fail.
  const request = get(`${listener.url}/healthz`, { ca: root.pem, agent: false });
  const [response] = await once(request, 'response');
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) text += chunk;
  expect([response.statusCode, JSON.parse(text)]).toEqual([200, { status: 'ok', reason: null }]);
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)('speaks %s', async (version) => {
  expect(await handshake(version)).toBe(version);
});

test.each(['TLSv1', 'TLSv1.1'] as const)('refuses %s', async (version) => {
  // The server's alert, not a refusal by this client's own OpenSSL.
  await expect(handshake(version)).rejects.toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
});

test('takes no suite without forward secrecy or authenticated encryption', async () => {
  for (const suite of ['AES128-GCM-SHA256', 'ECDHE-ECDSA-AES128-SHA256', 'ECDHE-ECDSA-AES256-SHA']) {
    await expect(handshake('TLSv1.2', `${suite}:@SECLEVEL=0`), suite).rejects.toMatchObject({
      code: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
    });
  }
  expect(await handshake('TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256')).toBe('TLSv1.2');
});

// Also of a request that is not HTTP, which no framework sees.
test('every answer says that it is no page, and not to be kept', async () => {
  const { port } = new URL(listener.url);
  for (const request of [
    'GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
    'nonsense\r\n\r\n',
  ]) {
    const socket = connect({ host: '127.0.0.1', port: Number(port), ca: root.pem });
    socket.end(request);
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(text).toContain('\r\nx-content-type-options: nosniff\r\n');
    expect(text).toContain('\r\ncache-control: no-store\r\n');
    expect(text).toContain("\r\ncontent-security-policy: default-src 'none';");
    expect(text).toContain('\r\nreferrer-policy: no-referrer\r\n');
  }
});

test('TRACE repeats nothing', async () => {
  const { port } = new URL(listener.url);
  const socket = connect({ host: '127.0.0.1', port: Number(port), ca: root.pem });
  socket.end('TRACE /healthz HTTP/1.1\r\nhost: x\r\nx-mine: planted\r\nconnection: close\r\n\r\n');
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  expect(text).toMatch(/^HTTP\/1\.1 404 /);
  expect(text).not.toContain('planted');
});

async function handshake(
  version: SecureVersion,
  // OpenSSL requires this to offer versions below 1.2.
  ciphers = 'DEFAULT@SECLEVEL=0',
): Promise<string | null> {
  const port = Number(new URL(listener.url).port);
  const versions = { minVersion: version, maxVersion: version };
  const socket = connect({
    ...{ host: '127.0.0.1', port, ca: root.pem, ...versions },
    ciphers,
  });
  try {
    await once(socket, 'secureConnect');
    return socket.getProtocol();
  } finally {
    socket.destroy();
  }
}
