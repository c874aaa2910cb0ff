import { once } from 'node:events';
import { request as ask, type IncomingMessage } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { QueueEvents } from 'bullmq';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createQueues } from '../../src/adapters/bullmq/queues.ts';
import { queuePrefix } from '../../src/adapters/redis/keys.ts';
import { linkTo } from '../adapters/redis/link.ts';
import { requires } from '../support/requires.ts';
import { holdingLink } from './holding-link.ts';
import { type Api, createRig, ok, problemOf, type Rig } from './rig.ts';

const pin = `sha256/${'A'.repeat(43)}=`;
const probes = '/v1/accounts/acme/probes';

requires('redis-server')('requested probes', () => {
  let rig: Rig;
  let held: Held[];
  let followers: ReturnType<typeof countFollowers>;
  beforeEach(async () => {
    followers = countFollowers();
    rig = await createRig();
    held = [];
  });
  afterEach(async () => {
    for (const one of held) one.release();
    await rig.close();
    await Promise.all(held.map((one) => one.close()));
    followers.stop();
  });

  async function serve(options?: Parameters<Rig['serve']>[0]): Promise<Api> {
    // What is held is let go of by the test, however slow the machine is.
    const probe = { timeout: '30s', confirmAfter: '0s' };
    const api = await rig.serve({ ...options, config: { probe, ...options?.config } });
    await api.ask('POST', '/v1/accounts', { body: { name: 'acme', contacts: ['a@example.com'] } });
    return api;
  }
  const add = async (api: Api, body: object) =>
    ok(await api.ask('POST', '/v1/accounts/acme/domains', { body }), 201).json.name as string;
  /** A domain whose server lets probes wait until the test lets go. */
  async function hold(api: Api, host: string): Promise<Held & { name: string }> {
    const server = await holdingServer();
    held.push(server);
    const name = await add(api, { host: `${host}:${server.port}`, connect: ['127.0.0.1'], pins: [pin] });
    ok(await api.ask('POST', `${probes}?wait=20s`, { body: { domains: [name] } }), 202);
    server.hold();
    return { ...server, name };
  }
  const request = async (api: Api, query: string, body?: object) =>
    ok(await api.ask('POST', `${probes}${query}`, body ? { body } : {}), 202).json.probes;

  test('are answered at once with ids, and can be fetched later', async () => {
    const api = await serve();
    const { name, release, arrived } = await hold(api, 'held.example.com');
    const [probe] = await request(api, '');
    expect(probe).toMatchObject({ domain: name, state: 'waiting', verdict: null, check: null });
    await arrived();
    const path = `${probes}/${probe.id}`;
    expect(ok(await api.ask('GET', path)).json).toMatchObject({
      id: probe.id,
      state: 'running',
      check: null,
    });
    // Waiting returns what is known when the time is up.
    expect(await request(api, '?wait=50ms')).toMatchObject([
      { id: probe.id, state: 'running', verdict: null },
    ]);
    const waiting = request(api, '?wait=20s');
    await followers.until(1);
    release();
    expect(await waiting).toMatchObject([{ id: probe.id, state: 'done', verdict: 'inconclusive' }]);
    const done = ok(await api.ask('GET', path)).json;
    expect(done).toMatchObject({
      state: 'done',
      verdict: 'inconclusive',
      check: { verdict: 'inconclusive' },
    });
    problemOf(await api.ask('GET', `${probes}/p000000000000`), 404, 'not_found');
  });

  test('have one verdict, even if another probe came in between', async () => {
    const api = await serve();
    const watched = await rig.watched();
    const name = await add(api, watched.entry);
    const [first] = await request(api, '?wait=20s', { domains: [name] });
    expect(first).toMatchObject({ verdict: 'match', check: { verdict: 'match' } });
    watched.server.rotate([watched.other]);
    const [second] = await request(api, '?wait=20s', { domains: [name] });
    expect(second).toMatchObject({ verdict: 'mismatch', check: { verdict: 'mismatch' } });
    expect(second.id).not.toBe(first.id);
    // What is recorded by now, in both.
    const { json } = ok(await api.ask('GET', `${probes}/${first.id}`));
    expect(json).toMatchObject({ state: 'done', verdict: 'mismatch', check: { verdict: 'mismatch' } });
    ok(await api.ask('DELETE', `/v1/accounts/acme/domains/${name}`), 204);
    const after = ok(await api.ask('GET', `${probes}/${first.id}`)).json;
    expect(after).toMatchObject({ state: 'done', verdict: null, check: null });
  });

  test('of many domains have their verdicts, and a hundred of them their checks', async () => {
    const domains = Array.from({ length: 103 }, (_, index) => ({
      host: `d${index}.example.com`,
      connect: ['127.0.0.9'],
      pins: [pin],
    }));
    const api = await serve({ config: { accounts: { filed: { contacts: ['a@example.com'], domains } } } });
    const answer = ok(await api.ask('POST', '/v1/accounts/filed/probes?wait=60s', { body: {} }), 202).json;
    const found: { state: string; verdict: string; check: object | null }[] = answer.probes;
    expect(found).toHaveLength(103);
    for (const { state, verdict } of found) expect([state, verdict]).toEqual(['done', 'inconclusive']);
    expect(found.filter(({ check }) => check !== null)).toHaveLength(100);
  });

  test('of one domain are one while it runs, then another', async () => {
    const api = await serve();
    const second = await rig.serve({ role: 'server' });
    const { name, release, arrived } = await hold(api, 'one.example.com');
    const body = { domains: [name, name] };
    const [first, ...more] = await request(api, '', body);
    expect(more).toEqual([]);
    await arrived();
    const again = await Promise.all([api, second, api].map((one) => request(one, '', body)));
    expect(again.map(([one]) => one.id)).toEqual([first.id, first.id, first.id]);
    const waiting = request(second, '?wait=20s', body);
    await followers.until(1);
    release();
    expect((await waiting)[0]).toMatchObject({ id: first.id, state: 'done' });
    const [next] = await request(api, '?wait=20s', body);
    expect(next.id).not.toBe(first.id);
  });

  test('are for some domains or all, and only for those that exist', async () => {
    const api = await serve();
    const names = [];
    for (const host of ['a.example.com', 'b.example.com', 'c.example.com']) {
      names.push(await add(api, { host, connect: ['127.0.0.9'], pins: [pin] }));
    }
    const of = (found: { domain: string }[]) => found.map(({ domain }) => domain).sort();
    expect(of(await request(api, '?wait=20s'))).toEqual(names);
    expect(of(await request(api, '', {}))).toEqual(names);
    expect(of(await request(api, '?wait=20s', { domains: ['B.example.com:443'] }))).toEqual([
      'b.example.com',
    ]);
    const wrong: [string, unknown, number][] = [
      ['', { domains: ['a.example.com', 'none.example.com'] }, 404],
      ['', { domains: [] }, 400],
      ['', { domains: Array(10_001).fill('a.example.com') }, 400],
      ['', { domain: 'a.example.com' }, 400],
      ['?wait=20', {}, 400],
      ['?wait=ever', {}, 400],
      ['?wiat=20s', {}, 400],
    ];
    for (const [query, body, status] of wrong) {
      problemOf(
        await api.ask('POST', `${probes}${query}`, { body }),
        status,
        status === 404 ? 'not_found' : 'bad_input',
      );
    }
    problemOf(await api.ask('POST', '/v1/accounts/none/probes', {}), 404, 'not_found');
    problemOf(await api.ask('GET', `${probes}/events`), 400, 'bad_input');
  });

  test('can be followed while they end, one event each', async () => {
    const api = await serve();
    const domains = [await hold(api, 'x.example.com'), await hold(api, 'y.example.com')];
    const found: { id: string; domain: string }[] = await request(api, '');
    const idOf = (at: number) => found.find(({ domain }) => domain === domains[at]?.name)?.id;
    const stream = await api.open(`${probes}/events?ids=${idOf(0)},${idOf(1)},${idOf(1)},p000000000000`);
    expect(stream.headers['content-type']).toContain('text/event-stream');
    expect(stream.headers['cache-control']).toBe('no-store');
    const next = reader(stream);
    expect(await next()).toBe(': following 3 probes');
    domains[1]?.release();
    const first = await next();
    expect(first).toContain(`event: probe\nid: ${idOf(1)}\ndata: {`);
    expect(JSON.parse(first?.split('data: ')[1] ?? '')).toMatchObject({
      id: idOf(1),
      state: 'done',
      check: { verdict: 'inconclusive' },
      progress: { done: 1, of: 3 },
    });
    // The other still runs: what came, came before the end.
    expect(ok(await api.ask('GET', `${probes}/${idOf(0)}`)).json.state).toBe('running');
    domains[0]?.release();
    expect(await next()).toContain(`id: ${idOf(0)}\n`);
    expect(await next()).toBe('event: end\ndata: {"done":2,"of":3}');
    expect(await next()).toBeUndefined();
  });

  test('leave nothing behind if a caller that follows or waits hangs up', async () => {
    const api = await serve();
    const { name } = await hold(api, 'held.example.com');
    const [probe] = await request(api, '', { domains: [name] });
    await followers.until(0);
    const streams = await Promise.all(
      Array.from({ length: 5 }, () => api.open(`${probes}/events?ids=${probe.id}`)),
    );
    for (const stream of streams) await once(stream, 'readable');
    const gone = new AbortController();
    const waits = Array.from({ length: 5 }, () =>
      fetch(`${api.url}${probes}?wait=60s`, { method: 'POST', signal: gone.signal }).catch(() => 'gone'),
    );
    await followers.until(10);
    for (const stream of streams) stream.destroy();
    gone.abort();
    await followers.until(0);
    expect(await Promise.all(waits)).toEqual(Array(5).fill('gone'));
  });

  test('are not waited for if the caller hung up before they were queued', async () => {
    const link = await holdingLink(rig.redisUrl);
    try {
      const api = await serve({ config: { redis: { url: link.url } } });
      await hold(api, 'held.example.com');
      await followers.until(0);
      const before = followers.begun();
      // The names of the domains are read, and the jobs can't be added yet.
      const reached = link.holdAfter('hkeys');
      const asked = ask(`${api.url}${probes}?wait=60s`, { method: 'POST' }).on('error', () => {});
      asked.end();
      await reached;
      asked.destroy();
      // What comes in later is answered later: the other is known to be gone by then.
      ok(await api.ask('GET', '/healthz'));
      expect(followers.begun()).toBe(before);
      link.release();
      await followers.untilBegun(before + 1);
      await followers.until(0);
    } finally {
      link.release();
      for (const one of held) one.release();
      await rig.close();
      await link.close();
    }
  });

  test('are not shown to a token that was revoked meanwhile', async () => {
    const api = await serve();
    const { name, release, arrived } = await hold(api, 'held.example.com');
    const root = await api.token(undefined, 'admin');
    const brief = await api.token(root, 'account-editor', 'acme', 'brief');
    const body = { domains: [name] };
    const [probe] = ok(await api.ask('POST', probes, { token: brief, body }), 202).json.probes;
    await arrived();
    const next = reader(await api.open(`${probes}/events?ids=${probe.id}`, { token: brief }));
    expect(await next()).toContain('following 1 probes');
    const waiting = api.ask('POST', `${probes}?wait=20s`, { token: brief, body });
    const allowed = api.ask('POST', `${probes}?wait=20s`, { token: root, body });
    await followers.until(3);
    const id = /^pw_([0-9a-f]{12})_/.exec(brief)?.[1];
    ok(await api.ask('DELETE', `/v1/tokens/${id}`, { token: root }), 204);
    release();
    expect(ok(await allowed, 202).json.probes[0]).toMatchObject({ state: 'done' });
    problemOf(await waiting, 401, 'unauthenticated');
    expect(await next()).toBeUndefined();
  });

  test('are limited per minute and account, across all processes', async () => {
    const config = { http: { listen: '127.0.0.1:0', probesPerMinute: 3 } };
    const [one, two] = [await serve({ config }), await rig.serve({ config, role: 'server' })];
    ok(await one.ask('POST', '/v1/accounts', { body: { name: 'other', contacts: ['a@example.com'] } }), 201);
    const statuses = [];
    for (const api of [one, two, two]) statuses.push((await api.ask('POST', probes)).status);
    expect(statuses).toEqual([202, 202, 202]);
    for (const api of [one, two]) {
      const answer = await api.ask('POST', probes);
      expect(problemOf(answer, 429, 'too_many').detail).toContain('try again in');
      const seconds = Number(answer.headers['retry-after']);
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(60);
    }
    ok(await two.ask('POST', '/v1/accounts/other/probes'), 202);
    // What asks for no probe is not held up.
    ok(await one.ask('GET', '/v1/accounts/acme'));
    ok(await one.ask('GET', `${probes}/events?ids=1`));
  });

  test('are ten times as many for additions and for new addresses, which probe the domain at once', async () => {
    const config = { http: { listen: '127.0.0.1:0', probesPerMinute: 1 } };
    const [one, two] = [await serve({ config }), await rig.serve({ config, role: 'server' })];
    ok(await one.ask('POST', '/v1/accounts', { body: { name: 'other', contacts: ['a@example.com'] } }), 201);
    const { entry, name } = await rig.watched();
    const domains = '/v1/accounts/acme/domains';
    const look = (api: Api) => api.ask('POST', `${domains}?dryRun=true`, { body: entry });
    for (const api of [one, two, one, two, one, two, one, two, one]) ok(await look(api));
    ok(await one.ask('POST', domains, { body: entry }), 201);
    for (const refused of [await look(two), await one.ask('POST', domains, { body: entry })]) {
      problemOf(refused, 429, 'too_many');
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    }
    ok(await two.ask('POST', '/v1/accounts/other/domains?dryRun=true', { body: entry }));

    const change = (body: object) => one.ask('PATCH', `${domains}/${name}`, { body });
    for (let count = 0; count < 15; count += 1) ok(await change({ keyTypes: ['ecdsa'] }));
    for (let count = 0; count < 10; count += 1) ok(await change({ connect: ['127.0.0.1'] }));
    problemOf(await change({ connect: ['127.0.0.1'] }), 429, 'too_many');
    ok(await change({ connect: null }));
  });

  test('go ahead of all that are scheduled', async () => {
    const api = await serve({ role: 'server' });
    const link = await linkTo(rig.redisUrl);
    const queues = createQueues(link.redis, queuePrefix, () => {});
    const ran: string[] = [];
    const events = new QueueEvents('probe', { connection: { url: rig.redisUrl }, prefix: queuePrefix });
    try {
      await events.waitUntilReady();
      events.on('active', ({ jobId }) => ran.push(jobId));
      const refs = Array.from({ length: 200 }, (_, at) => ({ account: 'acme', domain: `${at}.example.com` }));
      await queues.enqueueFirst(refs, '1');
      const name = await add(api, { host: '0.example.com', connect: ['127.0.0.9'], pins: [pin] });
      const [probe] = await request(api, '', { domains: [name] });
      const waiting = request(api, '?wait=20s', { domains: [name] });
      await followers.until(1);
      await rig.serve({ role: 'worker', config: { probe: { concurrency: 1 } } });
      expect((await waiting)[0]).toMatchObject({ id: probe.id, state: 'done' });
      expect(ran[0]).toBe(probe.id);
      expect(ok(await api.ask('GET', `${probes}/${probe.id}`)).json.check).not.toBeNull();
    } finally {
      await events.close();
      await queues.close();
      await link.close();
    }
  });
});

interface Held {
  readonly port: number;
  /** From now on connections are kept and not answered. */
  hold(): void;
  /** Ends those that are kept, and refuses others. */
  release(): void;
  /** Resolves when a connection is kept. */
  arrived(): Promise<void>;
  close(): Promise<void>;
}

async function holdingServer(): Promise<Held> {
  const sockets = new Set<Socket>();
  let holds = false;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    if (!holds) return socket.destroy();
    sockets.add(socket);
    return server.emit('kept');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const release = () => {
    holds = false;
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  return {
    port: (server.address() as { port: number }).port,
    hold() {
      holds = true;
    },
    release,
    async arrived() {
      if (sockets.size === 0) await once(server, 'kept');
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The events of a stream as they come; undefined at its end. */
function reader(stream: IncomingMessage): () => Promise<string | undefined> {
  const chunks = stream.setEncoding('utf8')[Symbol.asyncIterator]();
  let text = '';
  return async () => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const event = text.slice(0, end);
        text = text.slice(end + 2);
        return event;
      }
      const { done, value } = await chunks.next();
      if (done) return undefined;
      text += value;
    }
  };
}

type Listen = (this: unknown, event: string, listener: unknown) => unknown;

/** How many follow the ends of probes now, in this process. */
function countFollowers() {
  const prototype = QueueEvents.prototype as unknown as Record<'on' | 'off', Listen>;
  const { on, off } = prototype;
  let count = 0;
  let begun = 0;
  let check = () => {};
  const counted = (listen: Listen, by: number): Listen =>
    function (this: unknown, event, listener) {
      if (event === 'completed') {
        count += by;
        begun += Math.max(0, by);
      }
      check();
      return listen.call(this, event, listener);
    };
  prototype.on = counted(on, 1);
  prototype.off = counted(off, -1);
  const wait = (isSo: () => boolean) =>
    new Promise<void>((resolve) => {
      check = () => isSo() && resolve();
      check();
    });
  return {
    until: (wanted: number) => wait(() => count === wanted),
    /** How many have begun to, those included that have ended. */
    begun: () => begun,
    untilBegun: (wanted: number) => wait(() => begun >= wanted),
    stop() {
      Object.assign(prototype, { on, off });
    },
  };
}
