import { afterAll, beforeAll, expect, test } from 'vitest';
import { startHook } from '../support/hook.ts';
import { requires } from '../support/requires.ts';
import { type Api, createRig, ok, problemOf, type Rig } from './rig.ts';

requires('redis-server')('channels of an account', () => {
  let rig: Rig;
  let api: Api;
  beforeAll(async () => {
    rig = await createRig();
    api = await rig.serve({ config: { accounts: {} } });
  });
  afterAll(() => rig.close());

  const key = 'a-key-of-the-4711';
  const url = 'https://hooks.example.com/token-4711?sig=4711';
  const webhook = { name: 'ops', type: 'webhook', url, key };
  const change = (channels: unknown) => api.ask('PATCH', '/v1/accounts/acme', { body: { channels } });

  test('are set, shown without secrets, kept if they are left out, and removed', async () => {
    const body = { name: 'acme', contacts: ['a@example.com'], channels: [webhook] };
    const shown = {
      ...{ name: 'ops', type: 'webhook', host: 'hooks.example.com', hasKey: true },
      secretsId: expect.stringMatching(/^[0-9a-f]{16}$/),
      ...{ minSeverity: 'info', quietHours: null },
    };
    expect(ok(await api.ask('POST', '/v1/accounts', { body }), 201).json.channels).toEqual([shown]);
    const quietHours = { from: '22:00', to: '07:30', timeZone: 'Europe/Berlin' };
    const kept = ok(await change([{ name: 'ops', type: 'webhook', minSeverity: 'warning', quietHours }]));
    expect(kept.json.channels).toEqual([{ ...shown, minSeverity: 'warning', quietHours }]);
    ok(await api.ask('PATCH', '/v1/accounts/acme', { body: { contacts: ['b@example.com'] } }));
    const account = ok(await api.ask('GET', '/v1/accounts/acme')).json;
    expect(account.channels).toHaveLength(1);
    // The key does not go to another service.
    const moved = await change([{ name: 'ops', type: 'webhook', url: 'https://other.example.com/' }]);
    expect(problemOf(moved, 422, 'unprocessable').detail).toContain('needed again with another url');
    ok(await change([]));
    const after = ok(await api.ask('GET', '/v1/accounts/acme'));
    expect(after.json.channels).toBeUndefined();
    const { audit } = ok(await api.ask('GET', '/v1/accounts/acme/audit')).json;
    expect(audit[0].detail).toBe('channels none');
    const all = ok(await api.ask('GET', '/v1/audit')).json;
    expect(JSON.stringify([account, after.json, audit, all])).not.toContain('4711');
  });

  test('are tried with an example', async () => {
    const hook = await startHook();
    const channels = [
      { ...webhook, url: hook.url },
      { name: 'chat', type: 'slack', url: hook.url },
      { name: 'alerts', type: 'alertmanager', url: hook.url },
    ];
    ok(
      await api.ask('POST', '/v1/accounts', {
        body: { name: 'tried', contacts: ['a@example.com'], channels },
      }),
      201,
    );
    const all = await api.ask('POST', '/v1/accounts/tried/channels/test', { body: {} });
    expect(ok(all).json.channels).toMatchObject([
      {
        name: 'mail',
        type: 'mail',
        outcome: 'sent',
        detail: expect.stringMatching(/^a@example.com: written to /),
      },
      { name: 'ops', outcome: 'sent', detail: 'status 204' },
      { name: 'chat', outcome: 'sent' },
      { name: 'alerts', outcome: 'sent', detail: '1 alert accepted' },
    ]);
    expect(hook.received.map(({ body }) => body)).toEqual(
      channels.map(() => expect.stringContaining('This is a test of the channel')),
    );
    const one = await api.ask('POST', '/v1/accounts/tried/channels/test', { body: { channel: 'none' } });
    expect(problemOf(one, 404, 'not_found').detail).toContain('the account has ops, chat, alerts, mail');
    const mail = await api.ask('POST', '/v1/accounts/tried/channels/test', { body: { channel: 'mail' } });
    expect(ok(mail).json.channels).toMatchObject([{ name: 'mail', outcome: 'sent' }]);
    await hook.close();
  });

  test.each([
    [[{ ...webhook, url: 'ftp://token-4711' }], 400],
    [[{ ...webhook, key: '4711' }], 400],
    [[{ ...webhook, type: 'pigeon' }], 400],
    [[webhook, webhook], 422],
    [[{ ...webhook, type: 'slack' }], 422],
    [[{ name: 'new', type: 'teams' }], 422],
    [
      [
        {
          name: 'new',
          type: 'alertmanager',
          url,
          quietHours: { from: '22:00', to: '07:00', timeZone: 'UTC' },
        },
      ],
      422,
    ],
  ])('are refused without showing a secret: %#', async (channels, status) => {
    const answer = await change(channels);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.json)).not.toContain('4711');
  });
});
