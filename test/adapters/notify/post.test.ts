import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type Endpoint, listen } from '../../../lab/sockets.ts';
import { createGuard } from '../../../src/adapters/network/guard.ts';
import { createPost } from '../../../src/adapters/notify/post.ts';

const closing: Endpoint[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((one) => one.close()));
});

async function served(answer: RequestListener): Promise<Endpoint> {
  const endpoint = await listen(createServer(answer), '127.0.0.1', 0);
  closing.push(endpoint);
  return endpoint;
}

function post(url: string, allow: readonly string[] = ['127.0.0.0/8'], secrets: readonly string[] = []) {
  const posted = { url, headers: { 'content-type': 'application/json' }, body: '{}', secrets };
  return createPost(createGuard(allow), Date.now)(posted, new AbortController().signal);
}

test.each([
  'http://127.0.0.1:PORT/',
  'http://127.1:PORT/',
  'http://2130706433:PORT/',
  'http://0x7f.0.0.1:PORT/',
  'http://0177.0.0.1:PORT/',
  'http://[::ffff:127.0.0.1]:PORT/',
  'http://[::1]:PORT/',
  'http://0.0.0.0:PORT/',
  'http://localhost:PORT/',
])('%s is not connected to unless the network policy allows it', async (url) => {
  const endpoint = await served((_, response) => response.end());
  expect(await post(url.replace('PORT', String(endpoint.port)), [])).toEqual({
    outcome: 'failed_temporary',
    reason: expect.stringMatching(/which is not probed unless network\.allow includes it$/),
  });
  expect(endpoint.connections).toBe(0);
});

test('the address of cloud metadata is not connected to either', async () => {
  expect(await post('http://169.254.169.254/latest/meta-data/', [])).toMatchObject({
    outcome: 'failed_temporary',
    reason: expect.stringContaining('169.254.169.254 is '),
  });
});

test.each([301, 302, 303, 307, 308])('a redirect (%i) is not followed', async (status) => {
  const inside = await served((_, response) => response.end());
  const outside = await served((_, response) =>
    response.writeHead(status, { location: `http://127.0.0.1:${inside.port}/` }).end(),
  );
  expect(await post(`http://127.0.0.1:${outside.port}/`)).toEqual({
    outcome: 'failed_temporary',
    reason: `status ${status}: redirects are not followed`,
  });
  expect(inside.connections).toBe(0);
});

test('an endless answer is cut off', async () => {
  const endpoint = await served((_, response) => {
    const fill = () => {
      while (!response.destroyed && response.write('x'.repeat(4_096)));
    };
    response.on('drain', fill);
    fill();
  });
  const delivery = await post(`http://127.0.0.1:${endpoint.port}/`);
  expect(delivery).toMatchObject({ outcome: 'sent' });
  expect(JSON.stringify(delivery).length).toBeLessThan(500);
  await endpoint.allClosed();
});

test('endless headers are an error', async () => {
  const tcp = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.write('HTTP/1.1 200 OK\r\n');
    const fill = () => {
      while (socket.writable && socket.write(`x: ${'y'.repeat(4_096)}\r\n`));
    };
    socket.on('drain', fill);
    fill();
  });
  const endpoint = await listen(tcp, '127.0.0.1', 0);
  closing.push(endpoint);
  expect(await post(`http://127.0.0.1:${endpoint.port}/`)).toEqual({
    outcome: 'failed_temporary',
    reason: 'HPE_HEADER_OVERFLOW',
  });
});

test('an answer is shown on one line, and not at all if it repeats a secret', async () => {
  const texts = ['no\r\n\u001b[31mway', 'not with hunter2-hunter2', 'no hook /services/T0000000/secret-path'];
  const endpoint = await served((_, response) => {
    response.statusCode = 400;
    response.end(texts.shift());
  });
  const ask = () =>
    post(`http://127.0.0.1:${endpoint.port}/services/secret-path`, undefined, ['hunter2-hunter2']);
  expect(await ask()).toEqual({
    outcome: 'failed_permanent',
    reason: 'status 400: "no\\r\\n\\u001b[31mway"',
  });
  for (const _ of [1, 2]) {
    const { outcome, ...rest } = await ask();
    expect(outcome).toBe('failed_permanent');
    expect(JSON.stringify(rest)).not.toMatch(/hunter2|secret-path/);
  }
});
