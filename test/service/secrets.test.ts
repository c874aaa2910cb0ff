/** A real service with a secret in every place that takes one, whose neighbours all refuse it: where do the secrets turn up? */
import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { createChannelKeys } from '../../lab/channel-keys.ts';
import { listen } from '../../lab/sockets.ts';
import { unpacked } from '../../src/adapters/redis/packed.ts';
import { type Hook, startHook } from '../support/hook.ts';
import { requires } from '../support/requires.ts';
import type { Service } from '../support/service.ts';
import { type SmtpServer, startSmtp } from '../support/smtp.ts';
import { entryOf, type Stage, setStage } from './stage.ts';

const run = promisify(execFile);
const program = join(import.meta.dirname, '..', '..', 'bin', 'pinwatch.js');

/** Each is recognised by its text alone, whatever is around it; the longest texts, such as of a key, by a line. */
const planted = {
  redisPassword: 'S3cret-of-Redis-4711',
  proxyPassword: 'S3cret-of-the-proxy-4711',
  smtpPassword: 'S3cret-of-SMTP-4711',
  adminToken: 'S3cret-admin-token-of-4711-and-32-characters',
  webhookPath: 'S3cret-path-of-the-webhook-4711',
  webhookKey: 'S3cret-key-of-the-webhook-4711',
  slackPath: 'S3cret-path-of-the-chat-4711',
  ntfyKey: 'S3cret-token-of-ntfy-4711',
  wrongToken: 'pw_0123456789ab_S3cretGuess-4711-S3cretGuess-4711-S3cretGu',
};

requires('redis-server')('secrets', () => {
  let stage: Stage;
  let hooks: Hook[] = [];
  let smtp: SmtpServer;
  let redis: Redis;
  afterEach(async () => {
    redis.disconnect();
    await Promise.all([stage.close(), smtp.close(), ...hooks.map((hook) => hook.close())]);
  });

  async function ask(service: Service, method: string, path: string, token: string, body?: object) {
    const { address } = await service.line('listening');
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${address}${path}`, {
      ...{ method, headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, text: await answer.text() };
  }

  test('are in no log, process list, mail, answer or job, whatever refuses them', async () => {
    stage = await setStage();
    hooks = await Promise.all(Array.from({ length: 3 }, () => startHook()));
    const [webhook, slack, ntfy] = hooks as [Hook, Hook, Hook];
    // Each repeats what it was sent, as careless servers do.
    webhook.answer = { status: 401, body: `no: ${planted.webhookPath} ${planted.webhookKey}` };
    slack.answer = { status: 404, body: `no such path: /${planted.slackPath}` };
    ntfy.answer = { status: 403, body: `not with ${planted.ntfyKey}` };
    let isRefusing = true;
    smtp = await startSmtp({
      server: {
        allowInsecureAuth: true,
        onAuth({ password }, _session, done) {
          if (isRefusing) done(Object.assign(new Error(`5.7.8 not with ${password}`), { responseCode: 535 }));
          else done(null, { user: 'pinwatch' });
        },
      },
    });
    redis = new Redis(stage.redis.url);
    await redis.config('SET', 'requirepass', planted.redisPassword);
    await redis.auth(planted.redisPassword);
    const proxy = createServer();
    proxy.on('connect', refuseTunnel);
    const { port, close: closeProxy } = await listen(proxy, '127.0.0.1', 0);
    onTestFinished(closeProxy);
    const keys = createChannelKeys();
    keys.install(join(stage.directory, 'keys'), 'acme');
    await writeFile(
      join(stage.directory, 'redis-url'),
      withPassword(stage.redis.url, '', planted.redisPassword),
    );
    await writeFile(join(stage.directory, 'ntfy-key'), `${planted.ntfyKey}\n`, { mode: 0o600 });

    const api = await stage.api('api.example.com');
    const channels = [
      { name: 'ops', type: 'webhook', url: `${webhook.url}/${planted.webhookPath}`, key: planted.webhookKey },
      { name: 'chat', type: 'slack', url: `${slack.url}/${planted.slackPath}` },
      { name: 'push', type: 'ntfy', url: `${ntfy.url}/topic-4712`, keyFile: 'ntfy-key' },
    ];
    const config = await stage.configure([], {
      redis: { urlFile: 'redis-url' },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as the file has it
      mail: { smtp: '${SMTP_URL}', from: 'pinwatch@example.com', tls: 'opportunistic' },
      publish: { keyDir: 'keys' },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as the file has it
      probe: { timeout: '5s', confirmAfter: '50ms', proxy: '${PROXY_URL}' },
      log: { level: 'debug' },
      accounts: { acme: { contacts: ['devops@example.com'], channels, domains: [entryOf(api)] } },
    });
    const env = {
      PROXY_URL: withPassword(`http://127.0.0.1:${port}`, 'pinwatch', planted.proxyPassword),
      SMTP_URL: withPassword(smtp.url, 'pinwatch', planted.smtpPassword),
      PINWATCH_ADMIN_TOKEN: planted.adminToken,
    };
    const service = stage.start({ config, env });
    await service.line('working');
    const { address } = await service.line('listening');

    // A token of an account, one that is wrong, a signed configuration.
    const created = await ask(service, 'POST', '/v1/tokens', planted.adminToken, {
      ...{ name: 'editor', role: 'account-editor', account: 'acme' },
    });
    expect(created.status, created.text).toBe(201);
    const { token } = JSON.parse(created.text) as { token: string };
    const answers = [await ask(service, 'GET', '/v1/accounts/acme/domains', planted.wrongToken)];
    expect(answers[0]?.status).toBe(401);
    const signing = { statement: await keys.statement(), roots: keys.roots };
    answers.push(await ask(service, 'PUT', '/v1/accounts/acme/config/keys', planted.adminToken, signing));

    // Everything that can fail does, and is reported.
    await service.sweeps(1);
    proxy.off('connect', refuseTunnel).on('connect', openTunnel);
    api.server.rotate([api.strange]);
    await service.line('incident_opened');
    await service.line('mail_failed_temporary');
    await service.line('channel_failed_temporary', undefined, 0, channels.length);
    const job = await run(process.execPath, [program, 'notify', 'test', 'acme', '--json'], {
      env: { ...process.env, PINWATCH_TOKEN: planted.adminToken, PINWATCH_URL: String(address) },
    }).catch((error: { stdout: string; stderr: string }) => error);
    answers.push({ status: 0, text: `${job.stdout}${job.stderr}` });
    for (const path of [
      ...[
        '/v1/accounts/acme',
        '/v1/accounts/acme/audit',
        '/v1/audit',
        '/v1/tokens',
        '/v1/status',
        '/metrics',
      ],
      ...['/v1/queues', '/queues/api/queues', '/v1/accounts/acme/incidents', '/v1/accounts/acme/export'],
    ]) {
      answers.push(await ask(service, 'GET', path, planted.adminToken));
    }
    const secrets = [...Object.values(planted), token, ...keyLines(keys.signing.pem)];
    const commands = await commandLines();
    const waiting = await stored(redis);

    // What waited is sent once the servers accept it.
    isRefusing = false;
    for (const hook of hooks) hook.answer = { status: 204 };
    const [mail] = await smtp.next();
    await service.stop();

    for (const [place, texts] of Object.entries({
      'the log': [...service.lines.map((line) => JSON.stringify(line)), ...service.errors],
      'command lines': commands,
      answers: answers.map(({ text }) => text),
      'the mail': [mail?.raw.toString() ?? '', mail?.mail.text ?? '', mail?.mail.html ?? ''],
      // An account's own channels are kept with it; docs/security.md says so.
      Redis: waiting.filter(({ key }) => key !== 'pinwatch:{acme}:account').map(({ text }) => text),
    })) {
      expect(texts.length, `${place}: nothing to look at`).toBeGreaterThan(0);
      const found = texts.filter((text) => secrets.some((secret) => hasSecret(text, secret)));
      expect(found, place).toEqual([]);
    }
    // It would have been found.
    expect(waiting.map(({ text }) => text).join('')).toContain(planted.webhookKey);
    expect(waiting.map(({ key }) => key).join('\n')).toMatch(/letters/);
  });
});

/** As a careless proxy does, which repeats what it was sent. */
function refuseTunnel({ headers }: IncomingMessage, socket: Duplex): void {
  const given = String(headers['proxy-authorization']);
  const password = Buffer.from(given.replace(/^Basic /, ''), 'base64').toString();
  socket.on('error', () => {}).end(`HTTP/1.1 407 not with ${given}\r\nx: ${password}\r\n\r\n${password}`);
}

function openTunnel({ url = '' }: IncomingMessage, socket: Duplex): void {
  const [address = '', port] = url.split(':');
  const target: Socket = connect(Number(port), address, () => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    socket.pipe(target).pipe(socket);
  });
  target.on('error', () => socket.destroy());
  socket.on('error', () => target.destroy());
}

/** Also as a URL, JSON and base64 have it. */
function hasSecret(text: string, secret: string): boolean {
  const forms = [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret)
      .toString('base64')
      .replace(/.{0,2}=*$/, ''),
  ];
  return forms.some((form) => text.includes(form));
}

function withPassword(url: string, user: string, password: string): string {
  const parts = new URL(url);
  [parts.username, parts.password] = [user, password];
  return parts.href;
}

/** The lines of a PEM that are not its frame. */
function keyLines(pem: string): string[] {
  return pem.split('\n').filter((line) => line.length >= 40 && !line.startsWith('-'));
}

/** Of every process of this machine but this one and those whose arguments a test runner chose. */
async function commandLines(): Promise<string[]> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const texts = await Promise.all(
    processes.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return texts.filter((text) => text !== '').map((text) => text.replaceAll('\0', ' '));
}

/** Every key with its contents, as text. */
async function stored(redis: Redis): Promise<{ readonly key: string; readonly text: string }[]> {
  const found: { key: string; text: string }[] = [];
  for (const key of await redis.keys('*')) {
    const values = await valuesOf(redis, key);
    found.push({ key, text: [key, ...values.map(readable)].join('\n') });
  }
  return found;
}

async function valuesOf(redis: Redis, key: string): Promise<Buffer[]> {
  switch (await redis.type(key)) {
    case 'string':
      return [(await redis.getBuffer(key)) ?? Buffer.of()];
    case 'list':
      return redis.lrangeBuffer(key, 0, -1);
    case 'set':
      return redis.smembersBuffer(key);
    case 'zset':
      return redis.zrangeBuffer(key, '0', '-1');
    case 'hash':
      return Object.entries(await redis.hgetallBuffer(key)).flatMap(([name, value]) => [
        Buffer.from(name),
        value,
      ]);
    case 'stream':
      return (await redis.xrange(key, '-', '+')).flatMap(([, fields]) =>
        fields.map((one) => Buffer.from(one)),
      );
    default:
      return [];
  }
}

/** Records and letters are packed, some behind a number. */
function readable(value: Buffer): string {
  const text = value.toString('latin1');
  const start = /^\d+ /.exec(text)?.[0].length ?? 0;
  try {
    return unpacked(value.subarray(start));
  } catch {
    return text;
  }
}
