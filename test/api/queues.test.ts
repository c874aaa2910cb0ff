import { afterAll, beforeAll, expect, test } from 'vitest';
import { requires } from '../support/requires.ts';
import { type Api, createRig, ok, problemOf, type Rig } from './rig.ts';
import { routesOf } from './routes.ts';

requires('redis-server')('the view of the queues', () => {
  let rig: Rig;
  let api: Api;
  let routes: readonly string[];
  let admin: string;
  let viewer: string;
  beforeAll(async () => {
    rig = await createRig();
    [api, routes] = await routesOf(() => rig.serve());
    admin = await api.token(undefined, 'admin');
    ok(
      await api.ask('POST', '/v1/accounts', { token: admin, body: { name: 'acme', contacts: ['a@b.c'] } }),
      201,
    );
    viewer = await api.token(admin, 'account-editor', 'acme');
    const { entry } = await rig.watched();
    ok(await api.ask('POST', '/v1/accounts/acme/domains', { token: admin, body: entry }), 201);
    ok(await api.ask('POST', '/v1/accounts/acme/probes?wait=20s', { token: admin, body: {} }), 202);
  });
  afterAll(() => rig.close());

  const paths = () => routes.filter((route) => / \/queues\b/.test(route));

  test('shows the page, its files and what it asks for', async () => {
    const page = ok(await api.ask('GET', '/queues', { token: admin }));
    expect(page.headers['content-type']).toContain('text/html');
    const files = [...page.text.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map(([, file]) => file);
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) ok(await api.ask('GET', `/queues/${file}`, { token: admin }));
    const { queues } = ok(await api.ask('GET', '/queues/api/queues', { token: admin })).json;
    expect(queues.map(({ name }: { name: string }) => name).sort()).toEqual([
      'batch',
      'first',
      'notices',
      'probe',
      'slow',
      'sweep',
    ]);
    expect(queues.every(({ readOnlyMode }: { readOnlyMode: boolean }) => readOnlyMode)).toBe(true);
  });

  test('loads and runs nothing from elsewhere, whatever its next version links to', async () => {
    for (const path of ['/queues', '/queues/queue/probe', '/queues/api/queues']) {
      const { headers } = await api.ask('GET', path, { token: admin });
      const policy = new Map(
        String(headers['content-security-policy'])
          .split('; ')
          .map((directive) => directive.split(' '))
          .map(([name, ...sources]) => [name, sources] as const),
      );
      // All that has no directive of its own.
      expect(policy.get('default-src'), path).toEqual(["'none'"]);
      expect(policy.get('script-src')).toEqual(["'self'"]);
      expect(policy.get('frame-ancestors')).toEqual(["'none'"]);
      for (const [name, sources] of policy) {
        const own = ["'self'", "'none'", ...(name === 'style-src' ? ["'unsafe-inline'"] : [])];
        expect([...own, ...(name === 'img-src' ? ['data:'] : [])], name).toEqual(
          expect.arrayContaining([...sources]),
        );
      }
      expect(headers['referrer-policy']).toBe('no-referrer');
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });

  test('is only for admins, in all its parts', async () => {
    expect(paths().length).toBeGreaterThan(20);
    for (const route of paths()) {
      const [method = '', path = ''] = route.split(' ');
      const asked = path.replace(':queueName', 'probe').replace(':jobId', '1').replace('*', 'favicon.ico');
      const anonymous = await api.ask(method, asked);
      const strange = await api.ask(method, asked, { token: viewer });
      expect(anonymous.status, route).toBe(401);
      expect(strange.status, route).toBe(404);
      if (method !== 'HEAD') problemOf(strange, 404, 'not_found');
    }
  });

  test('changes nothing', async () => {
    const writing = paths().filter((route) => !/^(GET|HEAD|OPTIONS) /.test(route));
    expect(writing.join()).toMatch(/retry.*clean|clean.*retry/s);
    expect(writing.join()).toContain('pause');
    const before = await snapshot();
    for (const route of writing) {
      const [method = '', path = ''] = route.split(' ');
      for (const id of ['1', 'repeat:sweep:0']) {
        const asked = path
          .replace(':queueName', 'probe')
          .replace(':jobId', id)
          .replace(':queueStatus', 'completed')
          .replaceAll(/:\w+/g, 'completed');
        const answer = await api.ask(method, asked, { token: admin, body: {} });
        problemOf(answer, 405, 'read_only');
      }
    }
    expect(await snapshot()).toEqual(before);
  });

  async function snapshot(): Promise<Record<string, string>> {
    const keys = (await rig.redis.keys('{pinwatch}:*')).filter((key) =>
      /:(meta|paused|wait|completed|1)$/.test(key),
    );
    const entries = keys.sort().map(async (key) => [key, (await rig.redis.dump(key)) ?? ''] as const);
    return Object.fromEntries(await Promise.all(entries));
  }
});
