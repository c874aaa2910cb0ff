/** The service in this process, on a Redis of the test's own, asked over real HTTP. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { domainToASCII } from 'node:url';
import { Redis } from 'ioredis';
import { expect } from 'vitest';
import { type Authority, createRoot, type Issued } from '../../lab/authority.ts';
import { startTlsServer, type TlsServer } from '../../lab/tls-server.ts';
import { createLogger } from '../../src/adapters/log/logger.ts';
import type { ProcessRole } from '../../src/compose/options.ts';
import { countAnchors } from '../../src/compose/probe.ts';
import { composeService } from '../../src/compose/service.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { startRedis } from '../support/redis.ts';
import type { LogLine } from '../support/service.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Each line of one header, as it came. */
  lines(header: string): readonly string[];
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what came over the wire; each test says what it expects.
  readonly json: any;
}

export interface Asking {
  readonly token?: string | undefined;
  /** An object goes as JSON, a text as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Api {
  readonly url: string;
  readonly lines: readonly LogLine[];
  /** The first line with this event that fits, counted from `since`; waits for it. */
  line(event: string, fits?: (line: LogLine) => boolean, since?: number): Promise<LogLine>;
  /** `path` goes out as it is: nothing is normalised or encoded. */
  ask(method: string, path: string, asking?: Asking): Promise<Answer>;
  /** The answer before its body has arrived. */
  open(path: string, asking?: Asking): Promise<IncomingMessage>;
  /** Makes a token and gives its text. */
  token(by: string | undefined, role: string, account?: string, name?: string): Promise<string>;
  close(): Promise<void>;
}

export interface Watched {
  readonly host: string;
  /** As the API calls it. */
  readonly name: string;
  readonly server: TlsServer;
  readonly chain: readonly Issued[];
  /** With another key, from the same authority. */
  readonly other: readonly Issued[];
  /** What registers it. */
  readonly entry: { host: string; connect: string[]; ca: string };
}

export interface Rig {
  readonly redis: Redis;
  readonly redisUrl: string;
  readonly directory: string;
  readonly root: Authority;
  readonly issuing: Authority;
  /** Another service on the same Redis, as another process would be. */
  serve(options?: ServeOptions): Promise<Api>;
  /** A TLS server, to be watched. */
  watched(host?: string, listenOn?: string): Promise<Watched>;
  close(): Promise<void>;
}

export interface ServeOptions {
  readonly role?: ProcessRole;
  readonly env?: Readonly<Record<string, string>>;
  /** Sections of the configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export async function createRig(): Promise<Rig> {
  const directory = await mkdtemp(join(tmpdir(), 'pinwatch-api-'));
  const server = await startRedis();
  const redis = new Redis(server.url);
  const root = createRoot({ commonName: 'Rig Root' });
  const issuing = root.intermediate({ commonName: 'Rig Intermediate' });
  const servers: TlsServer[] = [];
  const services: Api[] = [];
  return {
    redis,
    redisUrl: server.url,
    directory,
    root,
    issuing,
    async serve(options = {}) {
      const api = await startApi(server.url, directory, options);
      services.push(api);
      return api;
    },
    async watched(host = 'api.example.com', listenOn = '127.0.0.1') {
      const issue = () => [issuing.leaf({ names: [host] }), issuing.issued];
      const chain = issue();
      const tls = await startTlsServer({ chains: [chain], host: listenOn });
      servers.push(tls);
      const name = `${host}:${tls.port}`;
      const entry = { host: name, connect: [listenOn], ca: root.pem };
      return { host, name, server: tls, chain, other: issue(), entry };
    },
    async close() {
      await Promise.all(services.map((service) => service.close()));
      redis.disconnect();
      await Promise.all([server.close(), ...servers.map((one) => one.close())]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function startApi(redis: string, directory: string, { role, env, config }: ServeOptions): Promise<Api> {
  const document = {
    interval: '1h',
    stateDir: join(directory, 'state'),
    redis: { url: redis },
    http: { listen: '127.0.0.1:0', probesPerMinute: 10_000, changesPerMinute: 100_000 },
    network: { allow: ['127.0.0.0/8', '::1/128'] },
    probe: { timeout: '5s', confirmAfter: '0s' },
    notify: { groupWait: '100ms', groupInterval: '100ms' },
    accounts: {},
    ...config,
  };
  const parsed = parseConfig(document, {
    environment: env ?? {},
    file: 'pinwatch.yaml',
    directory,
    workingDirectory: directory,
    readFile: () => ({ ok: false, problem: 'no files here' }),
    toAscii: domainToASCII,
    readAnchors: countAnchors,
  } as Parameters<typeof parseConfig>[1]);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));

  const lines: LogLine[] = [];
  const waiting = new Set<() => void>();
  const stream = new PassThrough();
  let rest = '';
  stream.on('data', (chunk) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.map((text) => JSON.parse(text) as LogLine));
    for (const check of [...waiting]) check();
  });
  const log = createLogger('debug', false, stream as unknown as NodeJS.WriteStream);
  const inForce = parsed.config;
  const read = async () => ({ ok: true, file: 'pinwatch.yaml', config: inForce, warnings: [] }) as const;
  const service = await composeService({ config: inForce, read, role: role ?? 'run', log, path: '' });
  await service.working;

  const open: Api['open'] = (path, asking) => send(service.url, 'GET', path, asking);
  const ask: Api['ask'] = async (method, path, asking) => {
    const response = await send(service.url, method, path, asking);
    const text = await readText(response);
    const isJson = /json/.test(response.headers['content-type'] ?? '') && text !== '';
    const { statusCode = 0, headers, headersDistinct } = response;
    const lines = (header: string) => headersDistinct[header] ?? [];
    return { status: statusCode, headers, lines, text, json: isJson ? JSON.parse(text) : null };
  };
  let closing: Promise<void> | undefined;
  return {
    url: service.url,
    lines,
    open,
    ask,
    line: (event, fits = () => true, since = 0) =>
      new Promise((resolve) => {
        const check = () => {
          const found = lines.slice(since).find((line) => line.event === event && fits(line));
          if (found === undefined) return;
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
      }),
    async token(by, tokenRole, account, name = tokenRole) {
      const body = { name, role: tokenRole, ...(account === undefined ? {} : { account }) };
      const made = await ask('POST', '/v1/tokens', { token: by, body });
      expect(made.status, made.text).toBe(201);
      return made.json.token as string;
    },
    close() {
      closing ??= service.close(5_000);
      return closing;
    },
  };
}

async function send(
  url: string,
  method: string,
  path: string,
  { token, body, headers = {} }: Asking = {},
): Promise<IncomingMessage> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const { hostname, port } = new URL(url);
  const sent = request({
    host: hostname,
    port,
    method,
    path,
    agent: false,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(text === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
      ...headers,
    },
  });
  sent.end(text);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

/** Asserts that it was refused as problem details say (RFC 9457), and gives the problem. */
export function problemOf(answer: Answer, status: number, code: string) {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.json).toMatchObject({ type: 'about:blank', status, code });
  expect(typeof answer.json.title).toBe('string');
  expect(typeof answer.json.detail).toBe('string');
  return answer.json as {
    title: string;
    detail: string;
    errors?: { path: string; message: string }[];
  };
}

export const ok = (answer: Answer, status = 200): Answer => {
  expect(answer.status, answer.text).toBe(status);
  return answer;
};
