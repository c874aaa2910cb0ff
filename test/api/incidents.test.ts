import { afterEach, beforeEach, expect, test } from 'vitest';
import { machinePart } from '../service/stage.ts';
import { requires } from '../support/requires.ts';
import { type SmtpServer, startSmtp } from '../support/smtp.ts';
import { type Api, createRig, ok, problemOf, type Rig, type Watched } from './rig.ts';

requires('redis-server')('incidents', () => {
  let rig: Rig;
  let smtp: SmtpServer;
  beforeEach(async () => {
    [rig, smtp] = await Promise.all([createRig(), startSmtp()]);
  });
  afterEach(async () => {
    await rig.close();
    await smtp.close();
  });

  async function serve(config: Record<string, unknown> = {}): Promise<Api> {
    const mail = { smtp: smtp.url, from: 'pinwatch@example.com' };
    return rig.serve({ config: { mail, ...config } });
  }
  const account = async (api: Api, name: string, notify: object = {}) =>
    ok(await api.ask('POST', '/v1/accounts', { body: { name, contacts: ['a@example.com'], notify } }), 201);
  /** Registered with a backup pin, and probed once. */
  async function watch(api: Api, of: string, host: string): Promise<Watched & { path: string }> {
    const watched = await rig.watched(host);
    const pins = [watched.chain[0]?.pin, rig.issuing.leaf().pin];
    ok(await api.ask('POST', `/v1/accounts/${of}/domains`, { body: { ...watched.entry, pins } }), 201);
    await probe(api, of);
    return { ...watched, path: `/v1/accounts/${of}/domains/${watched.name}` };
  }
  const probe = async (api: Api, of: string) =>
    ok(await api.ask('POST', `/v1/accounts/${of}/probes?wait=20s`), 202).json.probes;
  const open = async (api: Api, of: string) =>
    ok(await api.ask('GET', `/v1/accounts/${of}/incidents`)).json.incidents;
  /** `opened host` for each transition in the next mail. */
  const mail = async () => {
    const [received] = await smtp.next();
    if (!received) throw new Error('unreachable: next() gives one');
    return machinePart(received).transitions.map(
      ({ transition, domain }) => `${transition} ${domain.split(':')[0]}`,
    );
  };

  test('are listed, shown with the check, and kept as the domain’s history', async () => {
    const api = await serve();
    await account(api, 'acme');
    const { server, other, chain, name, path } = await watch(api, 'acme', 'api.example.com');
    expect(await open(api, 'acme')).toEqual([]);
    server.rotate([other]);
    await probe(api, 'acme');
    const [incident] = await open(api, 'acme');
    expect(incident).toMatchObject({
      domain: name,
      kind: 'pin_mismatch',
      severity: 'critical',
      acknowledged: null,
    });
    const one = ok(await api.ask('GET', `/v1/accounts/acme/incidents/${incident.incident}`)).json;
    expect(one).toMatchObject({ ...incident, check: { verdict: 'mismatch' } });
    expect(ok(await api.ask('GET', path)).json.incidents).toEqual([incident]);
    server.rotate([chain]);
    await probe(api, 'acme');
    expect(await open(api, 'acme')).toEqual([]);
    const { history, incidents } = ok(await api.ask('GET', path)).json;
    expect(incidents).toEqual([]);
    expect(history).toMatchObject([
      { transition: 'closed', kind: 'pin_mismatch', incident: incident.incident, codes: [] },
      { transition: 'opened', kind: 'pin_mismatch', incident: incident.incident, codes: ['pin_mismatch'] },
    ]);
    problemOf(await api.ask('GET', `/v1/accounts/acme/incidents/${incident.incident}`), 404, 'not_found');
    const late = { body: { note: 'too late' } };
    const acknowledge = `/v1/accounts/acme/incidents/${incident.incident}/acknowledge`;
    problemOf(await api.ask('POST', acknowledge, late), 404, 'not_found');
    problemOf(await api.ask('GET', '/v1/accounts/none/incidents'), 404, 'not_found');
  });

  test('end with the domain, which its contacts are told, even if it was muted meanwhile', async () => {
    const api = await serve();
    await account(api, 'acme', { groupWait: '0s', groupInterval: '0s' });
    const { server, other, path } = await watch(api, 'acme', 'removed.example.com');
    server.rotate([other]);
    await probe(api, 'acme');
    expect(await mail()).toEqual(['opened removed.example.com']);
    const until = new Date(Date.now() + 3_600_000).toISOString();
    ok(await api.ask('PUT', `${path}/mute`, { body: { until } }), 204);
    ok(await api.ask('DELETE', path), 204);
    const [received] = await smtp.next();
    if (!received) throw new Error('unreachable: next() gives one');
    expect(machinePart(received).transitions).toMatchObject([
      { transition: 'closed', domain: expect.stringContaining('removed.example.com') },
    ]);
    expect(received.mail.subject).toContain('RESOLVED: it is no longer watched');
    expect(await open(api, 'acme')).toEqual([]);
  });

  test('that are acknowledged send no reminders until their facts change', async () => {
    const api = await serve({ interval: '1s' });
    await account(api, 'acme', { remindEvery: '1s', groupWait: '0s', groupInterval: '0s' });
    const [taken, left] = [
      await watch(api, 'acme', 'taken.example.com'),
      await watch(api, 'acme', 'left.example.com'),
    ];
    taken.server.rotate([taken.other]);
    await probe(api, 'acme');
    const [incident] = await open(api, 'acme');
    const path = `/v1/accounts/acme/incidents/${incident.incident}/acknowledge`;
    const done = ok(await api.ask('POST', path, { body: { note: 'rolling back' } })).json;
    expect(done.acknowledged).toMatchObject({ by: 'loopback', note: 'rolling back' });
    problemOf(await api.ask('POST', path, { body: {} }), 400, 'bad_input');
    problemOf(await api.ask('POST', path, { body: { note: '\u0007' } }), 400, 'bad_input');
    const since = api.lines.length;
    left.server.rotate([left.other]);
    // Two reminders of the one, in which time the other was probed as often.
    const reminded = (of: Watched, from: number) =>
      api.line('incident_reminder', ({ domain }) => domain === of.name, from);
    await reminded(left, since);
    await reminded(left, api.lines.length);
    const after = api.lines.slice(since);
    const taken_ = after.filter(({ domain }) => domain === taken.name);
    expect(taken_.filter(({ event }) => event === 'probed').length).toBeGreaterThan(1);
    expect(taken_.filter(({ event }) => event === 'incident_reminder')).toEqual([]);
    const third = [rig.issuing.leaf({ names: [taken.host] }), rig.issuing.issued];
    taken.server.rotate([third]);
    const line = api.lines.length;
    await api.line('incident_changed', ({ domain }) => domain === taken.name, since);
    const now = (await open(api, 'acme')).find(({ domain }: { domain: string }) => domain === taken.name);
    expect(now.acknowledged).toBeNull();
    await reminded(taken, line);
    const { audit } = ok(await api.ask('GET', '/v1/accounts/acme/audit')).json;
    expect(audit[0]).toMatchObject({
      action: 'incident_acknowledged',
      by: 'loopback',
      target: `acme/${taken.name}`,
      detail: 'pin_mismatch: rolling back',
    });
  });

  test('of a muted domain are told when the mute ends', async () => {
    const api = await serve({ interval: '1s' });
    await account(api, 'acme', { groupWait: '0s', groupInterval: '0s' });
    const [quiet, loud] = [
      await watch(api, 'acme', 'quiet.example.com'),
      await watch(api, 'acme', 'loud.example.com'),
    ];
    const mute = async (ms: number) => {
      const until = Date.now() + ms;
      const body = { until: new Date(until).toISOString() };
      ok(await api.ask('PUT', `${quiet.path}/mute`, { body }), 204);
      return until;
    };
    await mute(3_600_000);
    quiet.server.rotate([quiet.other]);
    loud.server.rotate([loud.other]);
    await probe(api, 'acme');
    expect(await mail()).toEqual(['opened loud.example.com']);
    // It is shown on request, but no one is told.
    const [incident] = (await open(api, 'acme')).filter(
      ({ domain }: { domain: string }) => domain === quiet.name,
    );
    expect(incident.lastToldAt).toBeNull();
    const until = await mute(3_000);
    expect(await mail()).toEqual(['opened quiet.example.com']);
    expect(Date.now()).toBeGreaterThanOrEqual(until);
  });

  test('that were told are told as closed, muted or not', async () => {
    const api = await serve();
    await account(api, 'acme', { groupWait: '0s', groupInterval: '0s' });
    const watched = await watch(api, 'acme', 'api.example.com');
    watched.server.rotate([watched.other]);
    await probe(api, 'acme');
    expect(await mail()).toEqual(['opened api.example.com']);
    const body = { until: '2999-01-01T00:00:00Z' };
    ok(await api.ask('PUT', `${watched.path}/mute`, { body }), 204);
    watched.server.rotate([watched.chain]);
    await probe(api, 'acme');
    expect(await mail()).toEqual(['closed api.example.com']);
  });

  test('are judged and told by the account’s own settings, if it has any', async () => {
    // By the installation's own settings nothing would be told before an hour has passed.
    const api = await serve({ notify: { groupWait: '1h', groupInterval: '1h' } });
    await account(api, 'ordinary');
    await account(api, 'hasty', { expiringWithin: '365d', groupWait: '100ms', groupInterval: '100ms' });
    await watch(api, 'ordinary', 'ordinary.example.com');
    const hasty = await watch(api, 'hasty', 'hasty.example.com');
    expect(await open(api, 'ordinary')).toEqual([]);
    expect(await open(api, 'hasty')).toMatchObject([{ kind: 'certificate_expiring', domain: hasty.name }]);
    expect(await mail()).toEqual(['opened hasty.example.com']);
  });
});
