import { afterAll, beforeAll, expect, test } from 'vitest';
import { startRedis } from '../support/redis.ts';
import { requires } from '../support/requires.ts';
import { type Api, createRig, ok, problemOf, type Rig } from './rig.ts';

const admin = 'of-the-environment-for-the-doors';
const env = { PINWATCH_ADMIN_TOKEN: admin };

requires('redis-server')('the doors', () => {
  let rig: Rig;
  let api: Api;
  beforeAll(async () => {
    rig = await createRig();
    api = await rig.serve({ env });
  });
  afterAll(() => rig.close());

  test('no answer is cached, or read as another content type', async () => {
    const asked: [string, string][] = [
      ['GET', '/'],
      ['GET', '/healthz'],
      ['GET', '/readyz'],
      ['GET', '/metrics'],
      ['GET', '/v1/me'],
      ['GET', '/v1/openapi.json'],
      ['POST', '/v1/accounts'],
      ['GET', '/queues'],
      ['GET', '/nowhere'],
      ['GET', '/v1/%zz'],
    ];
    for (const token of [admin, 'wrong', undefined]) {
      for (const [method, path] of asked) {
        const { headers } = await api.ask(method, path, { token });
        expect(headers['x-content-type-options'], path).toBe('nosniff');
        expect(headers['cache-control'], path).toBe('no-store');
      }
    }
  });

  test('failed attempts are all counted, but not all logged, with their source', async () => {
    const of = await rig.serve({ env });
    const count = async () => {
      const { text } = ok(await of.ask('GET', '/metrics', { token: admin }));
      return Number(/^pinwatch_auth_failures_total (\d+)$/m.exec(text)?.[1]);
    };
    expect(await count()).toBe(0);
    for (let attempt = 0; attempt < 40; attempt += 1) {
      problemOf(await of.ask('GET', '/v1/me', { token: `guess-${attempt}` }), 401, 'unauthenticated');
    }
    problemOf(await of.ask('GET', '/v1/me'), 401, 'unauthenticated');
    problemOf(await of.ask('GET', '/metrics', { token: 'guess' }), 401, 'unauthenticated');
    problemOf(await of.ask('GET', '/queues', { token: 'guess' }), 401, 'unauthenticated');
    expect(await count()).toBe(43);
    const lines = of.lines.filter(({ event }) => event === 'auth_failed');
    expect(lines).toMatchObject([{ level: 'warn', source: '127.0.0.1', failures: 1 }]);
    expect(JSON.stringify(of.lines)).not.toContain('guess');
  });

  test('what a valid token may not do is logged, with who, what and where from, and not each time', async () => {
    const of = await rig.serve({ env });
    ok(
      await of.ask('POST', '/v1/accounts', {
        token: admin,
        body: { name: 'refused', contacts: ['a@example.com'] },
      }),
      201,
    );
    const token = await of.token(admin, 'account-viewer', 'refused', 'curious');
    for (let attempt = 0; attempt < 5; attempt += 1) {
      problemOf(await of.ask('GET', '/v1/audit', { token }), 404, 'not_found');
      problemOf(await of.ask('GET', '/v1/accounts/other', { token }), 404, 'not_found');
    }
    const lines = of.lines.filter(({ event }) => event === 'access_refused');
    const common = {
      level: 'warn',
      name: 'curious',
      role: 'account-viewer',
      source: '127.0.0.1',
      refusals: 1,
    };
    expect(lines).toMatchObject([
      { ...common, action: 'read_audit', account: null },
      { ...common, action: 'read_account', account: 'other' },
    ]);
  });

  test('a flood of failed attempts is slowed down, and does not delay valid tokens', async () => {
    const of = await rig.serve({ env });
    const attempts = Array.from({ length: 500 }, () => of.ask('GET', '/v1/me', { token: 'guess' }));
    const statuses = attempts.map(async (attempt) => (await attempt).status);
    // While those wait by turns.
    ok(await of.ask('GET', '/v1/me', { token: admin }));
    ok(await of.ask('GET', '/readyz'));
    const refused = new Set(await Promise.all(statuses));
    expect([...refused].sort()).toEqual([401, 429]);
  });

  test('/readyz shows addresses only to those who have a token', async () => {
    const server = await startRedis();
    const stateDir = `${rig.directory}/apart`;
    const of = await rig.serve({ env, config: { stateDir, redis: { url: server.url } } });
    const reader = await of.token(admin, 'metrics');
    ok(await of.ask('GET', '/v1/me', { token: reader }));
    await server.close();
    await of.line('redis_away', ({ reason }) => String(reason).includes('ECONNREFUSED'));
    const shownTo = async (token?: string) => {
      const { status, json } = await of.ask('GET', '/readyz', { token });
      expect(status).toBe(503);
      return json.reasons.join() as string;
    };
    const address = `${server.host}:${server.port}`;
    expect(await shownTo()).toBe('redis: connect ECONNREFUSED …');
    expect(await shownTo('wrong')).not.toContain(address);
    expect(await shownTo(admin)).toContain(address);
    // Known from before: the store can't be asked now.
    expect(await shownTo(reader)).toContain(address);
  });

  test('the log names the actual address, and warns of plain HTTP if others can reach it', async () => {
    expect(api.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(api.lines.filter(({ event }) => event === 'plain_http')).toEqual([]);
    const everywhere = await rig.serve({ env, config: { http: { listen: '0.0.0.0:0' } } });
    expect(everywhere.url).toMatch(/^http:\/\/0\.0\.0\.0:\d+$/);
    const warning = await everywhere.line('plain_http');
    expect(warning).toMatchObject({ level: 'warn', address: everywhere.url });
    expect(warning.msg).toContain('http.tls');
  });

  test('connections beyond the limit close the idle ones, and say so once', async () => {
    const of = await rig.serve({ env, config: { http: { listen: '127.0.0.1:0', connections: 10 } } });
    const { hostname, port } = new URL(of.url);
    const { connect } = await import('node:net');
    const silent = Array.from({ length: 30 }, () => connect(Number(port), hostname).on('error', () => {}));
    const closed = silent.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    await Promise.all(closed.slice(0, 20));
    ok(await of.ask('GET', '/healthz'));
    expect(await of.line('connections_full')).toMatchObject({ level: 'warn', connections: 10 });
    expect(of.lines.filter(({ event }) => event === 'connections_full')).toHaveLength(1);
    for (const socket of silent) socket.destroy();
  });
});
