/** A changed file is put into force by a running service, which goes on watching meanwhile. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pemChain } from '../../lab/authority.ts';
import { requires } from '../support/requires.ts';
import type { Service } from '../support/service.ts';
import { startSmtp } from '../support/smtp.ts';
import { entryOf, probed, type Stage, setStage, told } from './stage.ts';

const run = promisify(execFile);
const program = join(import.meta.dirname, '..', '..', 'bin', 'pinwatch.js');

/** Of every configuration of the stage. */
const warnings = [
  'accounts.acme.contacts: devops@example.com is an example address: name the people on call',
];

requires('redis-server')('reload', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await setStage();
  });
  afterEach(() => stage.close());

  /** Writes it over the file of a running service. */
  async function rewrite(file: string, ...content: Parameters<Stage['configure']>): Promise<void> {
    await copyFile(await stage.configure(...content), file);
  }

  /** Sends SIGHUP and resolves with the line in the log about its outcome. */
  async function hangUp(service: Service, event = 'reloaded') {
    const since = service.lines.length;
    service.process.kill('SIGHUP');
    return service.line(event, undefined, since);
  }

  async function metric(service: Service, name: string): Promise<number> {
    const { text } = await service.get('/metrics');
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  }

  const command = (service: Service) =>
    service
      .line('listening')
      .then(({ address }) =>
        run(process.execPath, [program, 'reload', '--json'], {
          env: { ...process.env, PINWATCH_URL: String(address) },
        }),
      )
      .then(
        ({ stdout }) => ({ status: 0, body: JSON.parse(stdout) }),
        ({ code, stderr }: { code: number; stderr: string }) => ({ status: code, body: stderr }),
      );

  const post = async (service: Service) => {
    const { address } = await service.line('listening');
    const response = await fetch(`${address}/v1/reload`, { method: 'POST' });
    return { status: response.status, body: (await response.json()) as { errors: { path: string }[] } };
  };

  test('SIGHUP puts domains, pins and contacts into force, and goes on probing the others', async () => {
    const [kept, changed, gone, added] = await Promise.all([
      stage.api('kept.example.com'),
      stage.api('changed.example.com'),
      stage.api('gone.example.com'),
      stage.api('added.example.com'),
    ]);
    const file = await stage.configure([entryOf(kept), entryOf(changed), entryOf(gone)]);
    const service = stage.start({ config: file });
    await probed(service, [kept.name, changed.name, gone.name], 'match');
    const accounts = {
      acme: {
        contacts: ['night@example.com'],
        domains: [entryOf(kept), entryOf({ ...changed, pins: gone.pins }), entryOf(added)],
      },
    };
    const since = service.lines.length;
    await rewrite(file, [], { accounts });
    expect(await hangUp(service)).toMatchObject({ level: 'info', changed: ['accounts'], needsRestart: [] });
    expect(await service.line('provisioned', undefined, since)).toMatchObject({
      added: 1,
      changed: 1,
      removed: 1,
    });
    await Promise.all([
      probed(service, [kept.name, added.name], 'match', since),
      probed(service, [changed.name], 'mismatch', since),
    ]);
    const mail = await stage.mail();
    expect(mail.to).toEqual(['night@example.com']);
    expect(told(mail)).toEqual([`opened ${changed.name} pin_mismatch`]);
    const { text } = await service.get('/metrics');
    expect(text).not.toContain('gone.example.com');
    expect(service.lines.filter(({ event }) => event === 'stopping')).toEqual([]);
  });

  test('a wrong file is reported in full, and nothing of it takes effect', async () => {
    const api = await stage.api('api.example.com');
    const file = await stage.configure([entryOf(api)]);
    const service = stage.start({ config: file });
    await probed(service, [api.name], 'match');
    const before = await metric(service, 'pinwatch_last_reload_success_timestamp_seconds');
    expect(before).toBeGreaterThan(0);
    expect(await metric(service, 'pinwatch_last_reload_successful')).toBe(1);

    await rewrite(file, [entryOf(api), { host: 'https://wrong' }], { interval: '1ms' });
    const refused = await hangUp(service, 'reload_refused');
    expect(refused).toMatchObject({ level: 'error' });
    for (const place of ['interval: ', 'accounts.acme.domains[1].host: '])
      expect(refused.msg).toContain(place);
    expect(await metric(service, 'pinwatch_last_reload_successful')).toBe(0);
    expect(await metric(service, 'pinwatch_last_reload_success_timestamp_seconds')).toBe(before);
    const answer = await post(service);
    expect(answer).toMatchObject({ status: 422, body: { code: 'unprocessable' } });
    expect(answer.body.errors.map(({ path }) => path)).toEqual(['interval', 'accounts.acme.domains[1].host']);
    // Half a file is no better than none.
    await writeFile(file, '{"accounts": ');
    await hangUp(service, 'reload_refused');
    await probed(service, [api.name], 'match', service.lines.length);

    await rewrite(file, [entryOf(api)]);
    expect(await post(service)).toEqual({
      status: 200,
      body: { changed: [], needsRestart: [], warnings },
    });
    expect(await metric(service, 'pinwatch_last_reload_successful')).toBe(1);
  });

  test('what needs a restart is named, in the answer and in the log, and the rest takes effect', async () => {
    const api = await stage.api('api.example.com');
    const file = await stage.configure([entryOf(api)]);
    const service = stage.start({ config: file });
    await probed(service, [api.name], 'match');
    await rewrite(file, [entryOf(api)], {
      stateDir: join(stage.directory, 'elsewhere'),
      http: { listen: '127.0.0.1:1', connections: 100 },
      probe: { timeout: '4s', confirmAfter: '50ms', concurrency: 3 },
      publish: { validFor: '30d' },
      log: { level: 'info' },
    });
    const needsRestart = ['stateDir', 'http.listen', 'http.connections', 'probe.concurrency', 'publish'];
    expect(await post(service)).toEqual({
      status: 200,
      body: { changed: ['probe', 'log'], needsRestart, warnings },
    });
    const line = await service.line('reloaded');
    expect(line).toMatchObject({ level: 'warn', needsRestart });
    // Until it is restarted.
    expect(await hangUp(service)).toMatchObject({ changed: [], needsRestart });
    expect((await service.get('/healthz')).status).toBe(200);
  });

  test('network policy, notify, mail and interval take effect', async () => {
    const api = await stage.api('api.example.com');
    const file = await stage.configure([entryOf(api)], {
      network: {},
      interval: '7d',
      notify: { groupWait: '1h', groupInterval: '24h' },
    });
    const service = stage.start({ config: file });
    await probed(service, [api.name], 'inconclusive');
    const other = await startSmtp();
    try {
      const since = service.lines.length;
      await rewrite(file, [entryOf(api)], { mail: { smtp: other.url, from: 'new@example.com' } });
      expect(await hangUp(service)).toMatchObject({ changed: ['interval', 'mail', 'network', 'notify'] });
      // Without a request: the next sweep comes at the new interval.
      await probed(service, [api.name], 'match', since);
      api.server.rotate([api.strange]);
      const [mail] = await other.next();
      expect(mail?.mail.from?.address).toBe('new@example.com');
      // A service that is still stopping may have a connection there.
      await service.stop();
    } finally {
      await other.close();
    }
  });

  test('the listener shows its new certificate, and open connections go on', async () => {
    const [, intermediate] = stage.chainFor('127.0.0.1');
    const issue = async () => {
      const [leaf] = stage.chainFor('127.0.0.1');
      if (leaf === undefined || intermediate === undefined) throw new Error('unreachable');
      await writeFile(join(stage.directory, 'server.pem'), pemChain([leaf, intermediate]));
      await writeFile(join(stage.directory, 'server.key'), leaf.keyPem);
    };
    await issue();
    const http = { listen: '127.0.0.1:0', tls: { certFile: 'server.pem', keyFile: 'server.key' } };
    const file = await stage.configure([], { http });
    const service = stage.start({ config: file });
    await service.line('working');
    const { address } = await service.line('listening');
    const port = Number(new URL(String(address)).port);
    const ca = await readFile(join(stage.directory, 'root.pem'));
    const open = async (servername?: string) => {
      const socket = connect({
        ...{ host: '127.0.0.1', port, ca, checkServerIdentity: () => undefined },
        ...(servername === undefined ? {} : { servername }),
      });
      await once(socket, 'secureConnect');
      return socket;
    };
    const before = await open();
    const shown = before.getPeerX509Certificate()?.serialNumber;
    await issue();
    expect(await hangUp(service)).toMatchObject({ changed: ['http.tls'], needsRestart: [] });
    for (const name of [undefined, 'localhost']) {
      const after = await open(name);
      expect(after.getPeerX509Certificate()?.serialNumber).not.toBe(shown);
      expect(after.authorized).toBe(true);
      after.destroy();
    }
    before.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    const [answer] = await once(before, 'data');
    expect(String(answer)).toContain('200 OK');
    before.destroy();
    // A certificate with the key of another: the old one stays.
    const [stranger] = stage.chainFor('127.0.0.1');
    await writeFile(join(stage.directory, 'server.key'), stranger?.keyPem ?? '');
    expect((await hangUp(service, 'reload_refused')).msg).toContain('http.tls.keyFile');
    (await open()).destroy();
  });

  test('a SIGHUP during the start is answered once the service works', async () => {
    const file = await stage.configure([]);
    const service = stage.start({ config: file });
    await service.line('listening');
    expect(await hangUp(service)).toMatchObject({ changed: [] });
    expect(service.lines.findIndex(({ event }) => event === 'working')).toBeGreaterThan(-1);
  });

  test('a server and a worker, each of them', async () => {
    const api = await stage.api('api.example.com');
    const file = await stage.configure([entryOf(api)], { network: {} });
    const [server, worker] = (['server', 'worker'] as const).map((role) =>
      stage.start({ config: file, role }),
    );
    if (server === undefined || worker === undefined) throw new Error('unreachable');
    await probed(worker, [api.name], 'inconclusive');
    const other = await stage.api('other.example.com');
    await rewrite(file, [entryOf(api), entryOf(other)]);
    expect(await hangUp(worker)).toMatchObject({ changed: ['network', 'accounts'] });
    expect(worker.lines.some(({ event }) => event === 'provisioned')).toBe(false);
    expect(await hangUp(server)).toMatchObject({ changed: ['network', 'accounts'] });
    await probed(worker, [api.name, other.name], 'match');
  });

  test('while Redis is away nothing takes effect, and the reason is given', async () => {
    const api = await stage.api('api.example.com');
    const file = await stage.configure([entryOf(api)]);
    const service = stage.start({ config: file });
    await probed(service, [api.name], 'match');
    await stage.redis.stop();
    await service.line('redis_away');
    await rewrite(file, []);
    expect((await hangUp(service, 'reload_refused')).msg).toContain('reload again when that is over');
    await stage.redis.start();
    await probed(service, [api.name], 'match', service.lines.length);
  });

  test('pinwatch reload: a folder of files, one added, one wrong', async () => {
    const [first, second] = await Promise.all([stage.api('one.example.com'), stage.api('two.example.com')]);
    const whole = JSON.parse(await readFile(await stage.configure([entryOf(first)]), 'utf8'));
    const folder = join(stage.directory, 'conf');
    await mkdir(folder);
    await copyFile(join(stage.directory, 'root.pem'), join(folder, 'root.pem'));
    await writeFile(join(folder, '10-base.yaml'), JSON.stringify(whole));
    const service = stage.start({ config: folder });
    await probed(service, [first.name], 'match');

    const contacts = ['night@example.com'];
    const other = { accounts: { other: { contacts, domains: [entryOf(second)] } } };
    await writeFile(join(folder, '20-other.json'), JSON.stringify(other));
    expect(await command(service)).toMatchObject({ status: 0, body: { changed: ['accounts'] } });
    await probed(service, [second.name], 'match');

    await writeFile(join(folder, '30-wrong.yaml'), 'accounts:\n  third:\n    contacts: nobody\n');
    const refused = await command(service);
    expect(refused.status).not.toBe(0);
    expect(refused.body).toContain('30-wrong.yaml:3: accounts.third.contacts');
  });
});
