import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Stage, setStage } from '../service/stage.ts';
import { requires } from '../support/requires.ts';
import type { Service } from '../support/service.ts';

requires('redis-server')('processes on one Redis', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await setStage();
  });
  afterEach(() => stage.close());

  async function call(service: Service, method: string, path: string, body?: unknown, token?: string) {
    const { address } = await service.line('listening');
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${address}/v1${path}`, { method, headers, ...sent });
    const text = await response.text();
    return { status: response.status, json: text === '' ? null : JSON.parse(text) };
  }

  test('a pin added through one is judged by the other’s next probe; a token revoked in one is refused by the other', async () => {
    const config = await stage.configure([], { interval: '1h', accounts: {} });
    const server = stage.start({ config, role: 'server' });
    await server.line('api_without_token');
    await server.line('working');
    const worker = stage.start({ config, role: 'worker' });
    await worker.readiness(200);

    const api = await stage.api('api.example.com');
    const wrong = stage.issuing.leaf();
    const account = { name: 'acme', contacts: ['devops@example.com'] };
    expect((await call(server, 'POST', '/accounts', account)).status).toBe(201);
    const domain = { host: api.name, connect: ['127.0.0.1'], pins: [wrong.pin] };
    expect((await call(server, 'POST', '/accounts/acme/domains', domain)).status).toBe(201);
    await worker.line('probed', ({ verdict }) => verdict === 'mismatch');
    await stage.mail();

    const since = worker.lines.length;
    const pins = `/accounts/acme/domains/${api.name}/pins`;
    const added = await call(server, 'POST', pins, {
      pin: api.chain[0]?.pin,
      note: 'the one that is served',
    });
    expect(added.status).toBe(200);
    // The very next probe, of all that the worker makes: nothing is judged by what was there before.
    const next = await worker.line('probed', undefined, since);
    expect(next).toMatchObject({ domain: api.name, account: 'acme', verdict: 'match' });
    const asked = await call(server, 'POST', '/accounts/acme/probes?wait=20s', {});
    expect(asked.json.probes[0]).toMatchObject({ state: 'done', verdict: 'match' });

    const second = stage.start({ config, role: 'server' });
    await second.line('working');
    const { json: root } = await call(server, 'POST', '/tokens', { name: 'root', role: 'admin' });
    const { json: brief } = await call(
      server,
      'POST',
      '/tokens',
      { name: 'brief', role: 'admin' },
      root.token,
    );
    // A worker serves metrics by the same tokens.
    const { address } = await worker.line('listening');
    const metrics = (token: string) =>
      fetch(`${address}/metrics`, { headers: { authorization: `Bearer ${token}` } }).then(
        ({ status }) => status,
      );
    expect((await call(second, 'GET', '/me', undefined, brief.token)).status).toBe(200);
    expect(await metrics(brief.token)).toBe(200);
    const revoked = await call(server, 'DELETE', `/tokens/${brief.id}`, undefined, root.token);
    expect(revoked.status).toBe(204);
    expect((await call(second, 'GET', '/me', undefined, brief.token)).status).toBe(401);
    expect(await metrics(brief.token)).toBe(401);
    expect(await metrics(root.token)).toBe(200);
  });
});
