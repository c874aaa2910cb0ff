import { once } from 'node:events';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { takesGzip } from '../../../src/adapters/http/scrape.ts';
import { type HttpListener, listen } from '../../../src/adapters/http/server.ts';

const line = 'pinwatch_pins{account="acme",domain="api.example.com"} 2\n';

let beforeRead: () => Promise<void>;
let reads: number;
let parts: () => AsyncIterable<string> | Iterable<string>;
let errors: Error[];
let listener: HttpListener;
beforeAll(async () => {
  const options = {
    host: '127.0.0.1',
    port: 0,
    tls: null,
    openMetrics: true,
    proxies: [],
    basePath: '',
    connections: 100,
    onError: (error: Error) => errors.push(error),
    onFull: () => {},
    onRefused: () => {},
  };
  listener = await listen(options, {
    async metrics() {
      reads += 1;
      await beforeRead();
      return { contentType: 'text/plain; version=0.0.4', parts: parts() };
    },
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
beforeEach(() => {
  errors = [];
  reads = 0;
  beforeRead = async () => {};
});

async function scrape(headers: Record<string, string>): Promise<[IncomingMessage, ClientRequest]> {
  const request = get(`${listener.url}/metrics`, { headers, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return [response, request];
}

test('is compressed only for clients that ask for it', async () => {
  parts = () => Array.from({ length: 10_000 }, () => line);
  const whole = line.repeat(10_000);
  const [asked] = await scrape({ 'accept-encoding': 'gzip' });
  expect(asked.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
  const body = await buffer(asked);
  expect(body.length).toBeLessThan(whole.length / 20);
  expect(gunzipSync(body).toString()).toBe(whole);
  const [plain] = await scrape({});
  expect(plain.headers['content-encoding']).toBeUndefined();
  expect(plain.headers['content-type']).toBe('text/plain; version=0.0.4');
  expect((await buffer(plain)).toString()).toBe(whole);
});

test.each([
  [undefined, false],
  ['', false],
  ['identity', false],
  ['gzip', true],
  ['deflate, GZIP;q=0.5', true],
  ['x-gzip', true],
  ['gzip;q=0', false],
  ['gzip; q=0.000, *', false],
  ['*', true],
  ['*;q=0', false],
  ['gzip;q=much', false],
])('Accept-Encoding %s: %s', (accepted, taken) => {
  expect(takesGzip(accepted)).toBe(taken);
});

test('no more is rendered than the client takes, and nothing after it has gone', async () => {
  let made = 0;
  let ended: (() => void) | undefined;
  const isEnded = new Promise<void>((resolve) => {
    ended = resolve;
  });
  parts = async function* () {
    try {
      for (;;) {
        made += 1;
        yield line.repeat(10_000);
        await new Promise(setImmediate);
      }
    } finally {
      ended?.();
    }
  };
  const [response, request] = await scrape({});
  await once(response, 'readable');
  request.destroy();
  await isEnded;
  // 560 KB each; without end if nobody had stopped it.
  expect(made).toBeLessThan(1_000);
  expect(errors).toEqual([]);
});

test('two slow clients delay the others only for a moment', async () => {
  parts = async function* () {
    for (;;) {
      yield line.repeat(10_000);
      await new Promise(setImmediate);
    }
  };
  const slow = await Promise.all([scrape({}), scrape({})]);
  parts = () => [line];
  const [response] = await scrape({});
  expect((await buffer(response)).toString()).toBe(line);
  for (const [, request] of slow) request.destroy();
}, 60_000);

test.each([
  ['plain', {}],
  ['compressed', { 'accept-encoding': 'gzip' }],
])('a text that fails ends the %s answer, and is told', async (_, headers: Record<string, string>) => {
  let fail = () => {};
  const isAsked = new Promise<void>((resolve) => {
    fail = resolve;
  });
  parts = async function* () {
    for (let count = 0; count < 40; count += 1) yield line.repeat(10_000);
    await isAsked;
    throw new Error('cannot be put together');
  };
  const [response] = await scrape(headers);
  const body = expect(buffer(response)).rejects.toThrow('aborted');
  fail();
  await body;
  expect(errors.map(({ message }) => message)).toEqual(['cannot be put together']);
});

// One turn lasts 5 s at most, and there are two: if each of these kept its turn, the test would not end in time.
test('clients that gave up keep nobody waiting', async () => {
  parts = () => [line];
  let answer = () => {};
  const gate = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const bothRead = new Promise<void>((resolve) => {
    beforeRead = () => {
      if (reads === 2) resolve();
      return gate;
    };
  });
  const givingUp = Array.from({ length: 40 }, () => {
    const request = get(`${listener.url}/metrics`, { agent: false });
    request.on('error', () => {});
    return request;
  });
  await bothRead;
  const closed = givingUp.map((request) => new Promise<void>((resolve) => request.once('close', resolve)));
  for (const request of givingUp) request.destroy();
  await Promise.all(closed);
  // The ends of the connections came before this question.
  expect((await fetch(`${listener.url}/healthz`)).status).toBe(200);
  const fresh = scrape({});
  answer();
  const [response] = await fresh;
  expect((await buffer(response)).toString()).toBe(line);
  expect(reads).toBeLessThan(10);
  expect(errors).toEqual([]);
});
