import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { listen } from '../../../lab/sockets.ts';
import { createClient } from '../../../src/cli/remote/client.ts';

const me = { name: 'alice', role: 'admin', account: null };
const incident = {
  incident: '5f0c2a',
  domain: 'api.example.com',
  kind: 'pin_mismatch',
  severity: 'critical',
  since: '2026-11-22T04:10:54Z',
  lastToldAt: null,
  acknowledged: null,
};

/** How the client handles one answer. */
async function answered<T>(
  body: string,
  ask: (client: ReturnType<typeof createClient>) => Promise<T>,
  status = 200,
): Promise<T> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  const endpoint = await listen(server, '127.0.0.1', 0);
  const url = `http://127.0.0.1:${endpoint.port}`;
  try {
    return await ask(createClient({ url, token: null, urlFrom: 'a test', tokenFrom: null }));
  } finally {
    await endpoint.close();
  }
}

const showMe = (client: ReturnType<typeof createClient>) => client.call('showMe', {});
const showIncident = (client: ReturnType<typeof createClient>) =>
  client.call('showIncident', { params: { account: 'acme', incident: '5f0c2a' } });
const listIncidents = (client: ReturnType<typeof createClient>) =>
  client.call('listIncidents', { params: { account: 'acme' } });

test('an answer is given as it came, with what a newer server adds', async () => {
  const newer = { ...me, team: 'mobile' };
  expect((await answered(JSON.stringify(newer), showMe)).body).toEqual(newer);
});

test.each(['kind', 'severity'])(
  'a word for %s that this version does not know is let through',
  async (key) => {
    const next = { ...incident, [key]: 'something_new' };
    const newer = { incidents: [next], configIncidents: [], watchIncidents: [] };
    expect((await answered(JSON.stringify(newer), listIncidents)).body).toEqual(newer);
    const shown = { ...next, check: null };
    expect((await answered(JSON.stringify(shown), showIncident)).body).toEqual(shown);
  },
);

test.each([
  ['a field is missing', { incidents: [{ ...incident, domain: undefined }] }, 'incidents[0].domain: '],
  ['a field is of another type', { incidents: [{ ...incident, since: 5 }] }, 'incidents[0].since: '],
  ['a word is not even a text', { incidents: [{ ...incident, kind: 5 }] }, 'incidents[0].kind: '],
  ['a list is none', { incidents: {} }, 'incidents: '],
  ['it is a list', [], 'the answer: '],
])('%s: refused, with the place', async (_, body, place) => {
  const refused = answered(JSON.stringify(body), listIncidents);
  await expect(refused).rejects.toMatchObject({ exitStatus: 2 });
  await expect(refused).rejects.toThrow(`answered 200, but not as pinwatch's API does (${place}Invalid `);
});

test('a status that the route does not answer with is refused', async () => {
  await expect(answered(JSON.stringify(me), showMe, 201)).rejects.toThrow('(unexpected status)');
});

test('events are checked against their schemas, and unknown ones are skipped', async () => {
  const probe = { id: '1', domain: 'a.example.com', state: 'failed', verdict: null, check: null };
  const follow = async (body: string) =>
    answered(body, async (client) => {
      const request = { params: { account: 'acme' }, query: { ids: '1' } };
      const events: unknown[] = [];
      const signal = AbortSignal.timeout(60_000);
      for await (const event of client.follow('followProbes', request, signal)) events.push(event);
      return events;
    });
  const progress = { done: 1, of: 1 };
  const event = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  const whole = event('probe', { ...probe, progress }) + event('other', 5) + event('end', progress);
  expect(await follow(whole)).toEqual([
    { event: 'probe', data: { ...probe, progress } },
    { event: 'end', data: progress },
  ]);
  await expect(follow(event('probe', { ...probe, progress, id: 5 }))).rejects.toThrow('(id: Invalid input');
  await expect(follow('event: probe\ndata: {\n\n')).rejects.toThrow('(the answer: Invalid input');
});
