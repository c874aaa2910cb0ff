import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChannelKeys, createChannelKeys } from '../../../lab/channel-keys.ts';
import type { Api } from '../../service/stage.ts';
import { requires } from '../../support/requires.ts';
import { type Admin, setAdmin } from './admin.ts';

requires('redis-server')('pinwatch config, against the API', () => {
  let admin: Admin;
  let api: Api;
  let keys: ChannelKeys;
  const served = async () => (await fetch(`${admin.url}/c/${keys.channel}`)).text();

  beforeAll(async () => {
    admin = await setAdmin({}, { publish: { keyDir: 'keys', urls: ['https://pins.example.com'] } });
    api = await admin.stage.api('api.example.com');
    keys = createChannelKeys();
    keys.install(join(admin.stage.directory, 'keys'), 'acme');
    await admin.ok('account', 'create', 'acme', '--contact', 'devops@example.com');
    await admin.add('acme', api, ...api.pins.flatMap((pin) => ['--pin', pin]));
  });
  afterAll(() => admin.stage.close());

  test('keys, draft, check and publication', async () => {
    const { ok, run } = admin;
    expect(await ok('config', 'show', 'acme')).toMatch(/^keys {6}none: certify a signing key/);
    await writeFile(join(admin.stage.directory, 'acme.statement'), await keys.statement());
    expect(await ok('config', 'keys', 'acme', 'acme.statement', '--root', keys.roots[0] ?? '')).toBe(
      `generation 1 of channel ${keys.channel} is in force\n`,
    );
    const draft = `+ api.example.com: pins\n${[...api.pins]
      .sort()
      .map((pin) => `    + ${pin}\n`)
      .join('')}`;
    expect(await ok('config', 'diff', 'acme')).toBe(draft);
    expect(await ok('config', 'check', 'acme')).toBe(`${draft}version   1; nothing stands against it\n`);
    const unasked = await run(['config', 'publish', 'acme']);
    expect(unasked).toMatchObject({ status: 64, stderr: expect.stringContaining('--yes is required') });
    expect(await ok('config', 'publish', 'acme', '--yes', '--note', 'first')).toContain(
      'version 1 is published\n',
    );
    expect(await keys.verify(await served())).toMatchObject({ outcome: 'accepted' });
    const shown = await ok('config', 'show', 'acme');
    expect(shown).toMatch(/^published version 1, \ds ago by loopback: first$/m);
    expect(shown).toContain(`fetched   https://pins.example.com/c/${keys.channel}`);
    expect(shown).toContain('draft     the same as published\n');
    expect(await ok('config', 'diff', 'acme')).toBe('no difference to what is published\n');
    expect(await run(['config', 'publish', 'acme', '--yes'])).toMatchObject({
      stderr: 'Nothing to publish.\n',
    });
  });

  test('adoption from a log, stored, and the answer for a key', async () => {
    const { ok, run } = admin;
    const [used = '', backup = ''] = api.pins;
    const rotation = (pin: string, host = 'api.example.com') =>
      run(['config', 'rotation', 'acme', host, pin]);
    expect(await ok('config', 'adoption', 'acme')).toBe('no install has told yet which version it holds\n');
    const waiting = await rotation(backup);
    expect(waiting).toMatchObject({ status: 1, stderr: '' });
    expect(waiting.stdout).toMatch(/^not yet {3}no install has told yet/);

    const yesterday = new Date(Date.now() - 86_400_000).toISOString();
    const line = (version: number) =>
      `${JSON.stringify({ time: yesterday, uri: `/c/${keys.channel}?v=${version}`, status: 304 })}\n`;
    await writeFile(join(admin.stage.directory, 'access.log'), `${line(1).repeat(9)}${line(7)}garbage\n`);
    const counted = await ok('config', 'adoption', 'acme', '--log', 'access.log', '--store');
    expect(counted).toMatch(new RegExp(`^${yesterday.slice(0, 10)} +1 +9 +100\\.0 %$`, 'm'));
    expect(counted).toMatch(/Counts can be forged: take them as advice\.\n$/);
    expect(await ok('config', 'adoption', 'acme')).toBe(counted);
    expect(await run(['config', 'adoption', 'acme', '--log', 'none.log'])).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('"none.log"'),
    });

    expect(await rotation(backup)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^safe /) });
    expect(await rotation(`sha256/${'Q'.repeat(43)}=`)).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(
        /^not yet {3}version 1, which is published, lacks this pin: publish it first/,
      ),
    });
    const okhttp = `builder.add("api.example.com", "${used}")`;
    await writeFile(join(admin.stage.directory, 'Pins.kt'), okhttp);
    await ok('pin-set', 'import', 'acme', 'android-5.2', 'Pins.kt');
    const never = await rotation(backup);
    expect(never).toMatchObject({ status: 1 });
    expect(never.stdout).toMatch(/^never {5}android-5\.2 ships without this pin/);
    expect(await rotation(backup, 'other.example.com')).toMatchObject({ status: 2 });
    await ok('pin-set', 'remove', 'acme', 'android-5.2');
  });

  test('what stands against it is refused with what overrides it', async () => {
    const { ok, run } = admin;
    await ok('domain', 'change', 'acme', api.name, '--deliver', 'observe');
    const refused = await run(['config', 'publish', 'acme', '--yes']);
    expect(refused.status).toBe(1);
    expect(refused.stdout).toContain('~ api.example.com: pins -> observe\n');
    expect(refused.stderr).toBe(
      'api.example.com: apps would check it as observe instead of pins\n' +
        'Refused; nothing was published.\n' +
        'To do it anyway: --allow-unpin api.example.com --note "why"\n',
    );
    expect((await run(['config', 'check', 'acme'])).status).toBe(1);
    expect(await run(['config', 'publish', 'acme', '--allow-unpin', 'api.example.com'])).toMatchObject({
      status: 64,
      stderr: '--allow-unpin: expected a --note that says why, found none\n',
    });
    const forced = ['--allow-unpin', 'api.example.com', '--note', 'a trial', '--yes'];
    expect(await ok('config', 'publish', 'acme', ...forced)).toContain('version 2 is published\n');
    await ok('domain', 'change', 'acme', api.name, '--no-deliver');
  });

  test('going back, by the number of a version', async () => {
    const { ok, run } = admin;
    expect(await ok('config', 'rollback', 'acme', '1', '--yes')).toContain('version 3 is published\n');
    expect(await ok('config', 'show', 'acme', '--versions')).toMatch(
      /^version {2}when.*\n3 .*as version 1\n2 .*a trial\n1 .*first\n$/,
    );
    expect(await run(['config', 'rollback', 'acme', 'one'])).toMatchObject({
      status: 64,
      stderr: 'VERSION: expected the number of a version, found "one"\n',
    });
    expect(await run(['config', 'rollback', 'acme', '77', '--yes'])).toMatchObject({
      status: 2,
      stderr: 'Not found: no version 77\n',
    });
  });

  test('in an emergency a key is revoked that is not published now', async () => {
    const { ok, run } = admin;
    const other = await admin.stage.api('login.example.com');
    await admin.add('acme', other, ...other.pins.flatMap((pin) => ['--pin', pin]));
    await ok('config', 'publish', 'acme', '--yes');
    await ok('domain', 'remove', 'acme', other.name, '--yes');
    const gone = `sha256/${'Q'.repeat(43)}=`;
    const emergency = ['config', 'publish', 'acme', '--emergency', gone, '--note', 'stolen', '--yes'];
    // What else the registry has changed is not let through on the way.
    const refused = await run(emergency);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/Refused; nothing was published\.\n.*--allow-unpin login\.example\.com/);
    await ok(...emergency, '--allow-unpin', 'login.example.com');
    expect(await ok('config', 'show', 'acme')).toContain(`revoked   ${gone}\n`);
  });

  test('in an emergency one command has apps refuse a key, and says what that breaks', async () => {
    const { ok, run } = admin;
    const [stolen = '', backup = ''] = api.pins;
    expect(await run(['config', 'publish', 'acme', '--emergency', stolen])).toMatchObject({ status: 64 });
    await ok('pin-set', 'import', 'acme', 'android-5.2', 'Pins.kt');
    const done = await run(['config', 'publish', 'acme', '--emergency', stolen, '--note', 'stolen', '--yes']);
    expect(done.stdout.replace(/\s+/g, ' ')).toContain(
      `android-5.2 ships with ${stolen} (android-5.2): it goes on accepting that key until the app is updated`,
    );
    expect(done.stdout).not.toContain('publishing it needs');
    expect(done.stderr).toMatch(/Active apps \(9 installs on \d{4}-\d\d-\d\d\) have it within 5 minutes/);
    expect(done.status, done.stderr).toBe(0);
    expect(done.stderr).toContain(`Apps will refuse ${stolen} for api.example.com.\n`);
    expect(done.stderr).toMatch(/It breaks api\.example\.com:\d+: .* has no pinned key/);
    expect(done.stderr).toContain('taken out of the pins of 1 domain\n');
    const app = await keys.verify(await served());
    const entry = app.bundle?.configuration.domains.get('api.example.com');
    expect(entry?.pins.map((pin) => `sha256/${pin}`)).toEqual([backup]);
    expect(await ok('config', 'show', 'acme')).toMatch(/^revoked {3}.*\n {10}sha256/m);
    expect(await ok('config', 'show', 'acme')).toContain(` ${stolen}\n`);
    expect(await ok('pin', 'list', 'acme', api.name)).not.toContain(stolen);
    // It can't come back by mistake.
    await ok('pin', 'add', 'acme', api.name, stolen);
    expect(await ok('config', 'diff', 'acme')).toMatch(/was revoked, and\s+is not delivered/);
    const back = await run(['config', 'rollback', 'acme', '1', '--yes']);
    expect(back.stderr).toContain('that was revoked since');
  });
});
