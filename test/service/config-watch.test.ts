import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { pemChain } from '../../lab/authority.ts';
import { type ChannelKeys, createChannelKeys } from '../../lab/channel-keys.ts';
import type { ConfigTransition } from '../../src/core/config-incident.ts';
import { requires } from '../support/requires.ts';
import type { Service } from '../support/service.ts';
import type { Received } from '../support/smtp.ts';
import { entryOf, machinePart, probed, type Stage, setStage, told } from './stage.ts';

requires('redis-server')('a signed configuration, watched by the whole service', () => {
  let stage: Stage;
  let edge: Server | undefined;
  /** What the edge serves; null: the file is missing. */
  let served: string | null = null;
  afterEach(async () => {
    edge?.close();
    edge?.closeAllConnections();
    edge = undefined;
    await stage.close();
  });

  async function ask(service: Service, method: string, path: string, body?: object) {
    const { address } = await service.line('listening');
    const answer = await fetch(`${address}/v1/accounts/acme${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    expect(answer.status, text).toBeLessThan(300);
    return JSON.parse(text);
  }
  async function publish(service: Service, more: object = {}) {
    const { candidate } = await ask(service, 'POST', '/config/checks', {});
    return ask(service, 'POST', '/config/versions', { candidate, note: 'a test', ...more });
  }

  /** A web server or CDN with a certificate of the stage's authority. */
  async function startEdge(keys: ChannelKeys): Promise<string> {
    const chain = stage.chainFor('localhost');
    edge = createServer({ cert: pemChain(chain), key: chain[0]?.keyPem }, (request, response) => {
      const isThere = request.url === `/c/${keys.channel}` && served !== null;
      response.statusCode = isThere ? 200 : 404;
      response.end(isThere ? served : 'no such file');
    });
    edge.listen(0, '127.0.0.1');
    await once(edge, 'listening');
    return `https://localhost:${(edge.address() as AddressInfo).port}`;
  }

  const configTold = (received: Received) => {
    const part = machinePart(received) as { configTransitions?: readonly ConfigTransition[] };
    return (part.configTransitions ?? []).map(({ transition, kind }) => `${transition} ${kind}`);
  };

  test('missing, foreign, corrupt and old files are mailed, acknowledged, counted, and so is the recovery', async () => {
    stage = await setStage();
    const keys = createChannelKeys();
    keys.install(join(stage.directory, 'keys'), 'acme');
    const url = await startEdge(keys);
    const api = await stage.api('api.example.com');
    const publishing = { keyDir: 'keys', urls: [url], watchEvery: '1s' };
    const config = await stage.configure([entryOf(api)], { interval: '1h', publish: publishing });
    const env = { NODE_EXTRA_CA_CERTS: join(stage.directory, 'root.pem') };
    const service = stage.start({ config, env });
    await service.line('working');
    await ask(service, 'PUT', '/config/keys', { statement: await keys.statement(), roots: keys.roots });
    await publish(service);
    const own = async () => (await service.get(`/c/${keys.channel}`)).text;
    const old = await own();
    served = old;
    const next = await publish(service);
    expect(next.version).toBe(2);
    const published = await own();

    const outdated = await stage.mail();
    expect(configTold(outdated)).toEqual(['opened config_outdated']);
    expect(outdated.mail.subject).toBe(
      'signed configuration: outdated - CRITICAL: an old version is served [acme]',
    );
    expect(outdated.mail.text?.replace(/\s*\\\s+/g, ' ')).toContain(
      `curl -sS -o acme.pins ${url}/c/${keys.channel}`,
    );
    const { configIncidents, incidents } = await ask(service, 'GET', '/incidents');
    expect(incidents).toEqual([]);
    expect(configIncidents).toMatchObject([
      { kind: 'config_outdated', severity: 'critical', acknowledged: null },
    ]);
    const [{ incident }] = configIncidents;
    const shown = await ask(service, 'GET', `/incidents/${incident}`);
    expect(shown.config.urls).toMatchObject([{ problem: 'outdated', found: { version: 1 } }]);
    const cli = async (...args: string[]) => {
      const { address } = await service.line('listening');
      const options = { env: { ...process.env, PINWATCH_URL: String(address) } };
      return (await promisify(execFile)(process.execPath, ['bin/pinwatch.js', ...args], options)).stdout;
    };
    expect(await cli('incident', 'list', 'acme')).toMatch(/signed configuration +config_outdated/);
    expect(await cli('incident', 'show', 'acme', incident)).toMatch(/outdated:\s+expected version 2/);
    expect(await cli('config', 'show', 'acme')).toMatch(/^open +config_outdated$/m);
    const note = { note: 'purging' };
    expect(await ask(service, 'POST', `/incidents/${incident}/acknowledge`, note)).toMatchObject({
      acknowledged: { note: 'purging' },
    });
    const { text } = await service.get('/metrics');
    expect(text).toContain('pinwatch_config_served{account="acme"} 0\n');
    expect(text).toContain('pinwatch_incidents_open{kind="config_outdated"} 1\n');
    served = published;
    expect(configTold(await stage.mail())).toEqual(['closed config_outdated']);

    const foreign = createChannelKeys(keys.channel);
    for (const [fault, kind] of [
      [null, 'config_unreachable'],
      [published.slice(0, -9), 'config_invalid'],
      [`${await foreign.statement()}${published.split('\n')[1]}\n`, 'config_invalid'],
    ] as const) {
      served = fault;
      expect(configTold(await stage.mail())).toEqual([`opened ${kind}`]);
      served = published;
      const recovery = await stage.mail();
      expect(configTold(recovery)).toEqual([`closed ${kind}`]);
      expect(recovery.mail.subject).toContain('RESOLVED');
    }
    await service.line('incident_closed', (line) => line.incidentKind === 'config_invalid');
    const lines = service.lines.filter(({ event }) => event === 'config_not_served');
    expect(lines.map(({ problem }) => problem)).toEqual(['outdated', 'unreachable', 'invalid', 'invalid']);
  });

  test('a published version mismatches, and an older one that apps still hold', async () => {
    stage = await setStage();
    const keys = createChannelKeys();
    keys.install(join(stage.directory, 'keys'), 'acme');
    const api = await stage.api('api.example.com');
    const [first = '', backup = ''] = api.pins;
    const next = api.strange[0]?.pin ?? '';
    const notify = { groupWait: '200ms', groupInterval: '200ms' };
    const config = await stage.configure([], {
      ...{ publish: { keyDir: 'keys' }, notify },
      accounts: { acme: { contacts: ['devops@example.com'], domains: [] } },
    });
    const service = stage.start({ config });
    await service.line('working');
    const { name } = api;
    const ca = await readFile(join(stage.directory, 'root.pem'), 'utf8');
    await ask(service, 'POST', '/domains', { host: name, pins: [first, backup], connect: ['127.0.0.1'], ca });
    await ask(service, 'PUT', '/config/keys', { statement: await keys.statement(), roots: keys.roots });
    await publish(service);
    const domain = async () => (await ask(service, 'GET', `/domains/${name}`)).check;
    const sets = (check: { pinSets?: readonly { name: string; verdict: string }[] }) =>
      (check.pinSets ?? []).map((set) => `${set.name} ${set.verdict}`);
    const judged = async (...wanted: string[]) => {
      for (;;) {
        const check = await domain();
        if (sets(check).join() === wanted.join()) return check;
        await service.sweeps(1);
      }
    };
    await judged('own match', 'config-1 match');

    // The registry knows the next key, and nobody has published it.
    await ask(service, 'PUT', `/domains/${name}/pins`, { pins: [first, next, backup] });
    api.server.rotate([api.strange]);
    const alarm = await stage.mail();
    expect(alarm.mail.subject).toBe(
      `${name}: pin mismatch - CRITICAL: apps with configuration 1 cannot connect [acme]`,
    );
    expect(alarm.mail.text).toContain('pinwatch config publish acme --note "new key"');
    expect(machinePart(alarm).transitions[0]?.check.findings[0]).toMatchObject({
      code: 'pin_mismatch',
      pinSets: ['config-1'],
    });

    await publish(service);
    const mails: Received[] = [];
    const lines = () => mails.flatMap(told).sort();
    while (lines().length < 2) mails.push(await stage.mail());
    expect(lines()).toEqual([`closed ${name} pin_mismatch`, `opened ${name} pin_mismatch_held`]);
    const texts = mails.map(({ mail }) => mail.text?.replace(/\s+/g, ' ')).join(' ');
    expect(texts).toContain('config-1 was replaced');
    expect(texts).toContain(`Apps with configuration 1 refuse ${name} once`);
    const check = await judged('own match', 'config-2 match', 'config-1 mismatch');
    expect(check).toMatchObject({ verdict: 'match', pinSets: [{}, {}, { held: true }] });
    await probed(service, [name], 'match', service.lines.length);
  });
});
