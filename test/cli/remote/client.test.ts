import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createClient } from '../../../src/cli/remote/client.ts';
import { Failure } from '../../../src/cli/remote/failure.ts';

let server: Server;
let asked: string[];
/** The next answers, in order; then 204. */
let answers: { status: number; retryAfter?: string }[];
beforeEach(async () => {
  asked = [];
  answers = [];
  server = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (text) => asked.push(text));
    request.on('end', () => {
      const { status, retryAfter } = answers.shift() ?? { status: 204 };
      response.writeHead(status, {
        'content-type': 'application/problem+json',
        ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
      });
      response.end(status === 204 ? '' : JSON.stringify({ code: 'too_many', title: 'Too many requests' }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const client = () => {
  const { port } = server.address() as AddressInfo;
  return createClient({ url: `http://127.0.0.1:${port}`, token: null, urlFrom: 'a test', tokenFrom: null });
};

const mute = {
  params: { account: 'acme', domain: 'a.example.com' },
  body: { until: '2999-01-01T00:00:00Z' },
};

test('too many requests: the caller is notified, and the request repeated', async () => {
  answers = [{ status: 429, retryAfter: '1' }];
  const waits: number[] = [];
  const onBusy = (seconds: number) => waits.push(seconds);
  await client().call('muteDomain', { ...mute, onBusy });
  expect(waits).toEqual([1]);
  expect(asked).toEqual(['{"until":"2999-01-01T00:00:00Z"}', '{"until":"2999-01-01T00:00:00Z"}']);
});

test.each([
  ['a caller that does not wait', { retryAfter: '1' }, undefined],
  ['an answer that does not say when', {}, () => {}],
  ['a time that is none', { retryAfter: 'soon' }, () => {}],
])('too many requests: %s ends it', async (_, more, onBusy) => {
  answers = [{ status: 429, ...more }];
  const sent = client().call('muteDomain', { ...mute, ...(onBusy ? { onBusy } : {}) });
  await expect(sent).rejects.toThrow(Failure);
  expect(asked).toHaveLength(1);
});
