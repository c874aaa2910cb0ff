import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { issuerAt } from '../../lab/extensions.ts';
import { requires } from '../support/requires.ts';
import type { Service } from '../support/service.ts';
import { type Api, entryOf, probed, type Stage, setStage, told } from './stage.ts';

requires('redis-server')('the mail of the whole service', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await setStage();
  });
  afterEach(() => stage.close());

  /** As on loopback, without a token. */
  async function ask(service: Service, method: string, path: string, body: unknown) {
    const { address } = await service.line('listening');
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${address}${path}`, { method, headers, body: JSON.stringify(body) });
    expect(response.status).toBeLessThan(300);
    return (await response.json()) as Record<string, unknown>;
  }
  /** An account created at runtime, with one domain. */
  async function runtimeAccount(service: Service, api: Api): Promise<void> {
    await service.line('working');
    await ask(service, 'POST', '/v1/accounts', { name: 'shop', contacts: ['shop@example.com'] });
    const ca = await readFile(join(stage.directory, 'root.pem'), 'utf8');
    const { name: host, pins } = api;
    await ask(service, 'POST', '/v1/accounts/shop/domains', { host, pins, connect: ['127.0.0.1'], ca });
    await probed(service, [api.name], 'match');
  }
  const flat = (text = '') => text.replace(/\s+/g, ' ');

  test('a recovery by an added pin is named in the answer and in the mail; a new contact is notified of the open incident', async () => {
    const api = await stage.api('api.example.com');
    const publicUrl = 'https://pinwatch.example.com';
    const service = stage.start({ config: await stage.configure([], { accounts: {}, publicUrl }) });
    await runtimeAccount(service, api);
    api.server.rotate([api.strange]);
    const alarm = await stage.mail();
    expect(alarm.mail.subject).toBe(`${api.name}: pin mismatch - CRITICAL: apps cannot connect [shop]`);
    expect(alarm.mail.headers.find(({ key }) => key === 'x-pinwatch-url')?.value).toBe(publicUrl);
    expect(alarm.mail.text).toMatch(/last probe that matched: 20\d\d-/);

    await ask(service, 'PATCH', '/v1/accounts/shop', { contacts: ['shop@example.com', 'new@example.com'] });
    const introduction = await stage.mail();
    expect(introduction.to).toEqual(['new@example.com']);
    expect(told(introduction)).toEqual([`reminder ${api.name} pin_mismatch`]);
    expect(flat(introduction.mail.text)).toContain('You are now a contact of account shop.');

    const pin = api.strange[0]?.pin;
    const added = await ask(service, 'POST', `/v1/accounts/shop/domains/${api.name}/pins`, {
      pin,
      note: 'new',
    });
    expect(added.warning).toContain(`apps without ${pin} still fail`);
    const recovery = await stage.mail();
    expect(recovery.to).toEqual(['shop@example.com', 'new@example.com']);
    expect(recovery.mail.subject).toBe(
      `${api.name}: pin mismatch - RESOLVED: its pins were changed, not its server [shop]`,
    );
    expect(flat(recovery.mail.text)).toContain(`loopback added ${pin} at`);
    expect(flat(recovery.mail.text)).toContain(
      'The server was not changed: apps without this pin still fail.',
    );
  });

  test('a mistyped contact is corrected in the file: the alarm arrives as soon as the service is back', async () => {
    const [api, other] = [await stage.api('api.example.com'), await stage.api('login.example.com')];
    const configOf = (contact: string) =>
      stage.configure([entryOf(api), entryOf(other)], {
        accounts: { acme: { contacts: [contact], domains: [entryOf(api), entryOf(other)] } },
      });
    stage.smtp.fail('oncall@exmaple.com', 550, '5.1.1 user unknown');
    const first = stage.start({ config: await configOf('oncall@exmaple.com') });
    await probed(first, [api.name, other.name], 'match');
    api.server.rotate([api.strange]);
    // The third attempt; the next one is seconds away, and each one later.
    await first.line('mail_failed_temporary', undefined, 0, 3);
    const lines = first.lines.length;
    other.server.rotate([other.strange]);
    // The undeliverable letter delays no other: both are tried together, soon.
    const { notices } = await first.line('mail_failed_temporary', ({ notices: count }) => count === 2, lines);
    expect(notices).toBe(2);
    await first.stop();
    stage.start({ config: await configOf('oncall@example.com') });
    const mail = await stage.mail();
    expect(mail.to).toEqual(['oncall@example.com']);
    expect(told(mail)).toEqual([`opened ${api.name} pin_mismatch`, `opened ${other.name} pin_mismatch`]);
  });

  test.each([
    ['says where its issuer is', true],
    ['does not say where its issuer is', false],
  ])('a missing intermediate, of a leaf that %s', async (_, isNamed) => {
    const api = await stage.api('api.example.com');
    const names = [api.host];
    const extensions = isNamed ? [issuerAt('http://ca.example.com/issuing.der')] : [];
    const leaf = stage.issuing.leaf({ names, extensions });
    const entry = entryOf({ ...api, pins: [leaf.pin, ...api.pins] });
    const service = stage.start({ config: await stage.configure([entry]) });
    await probed(service, [api.name], 'match');
    api.server.rotate([[leaf]]);
    const { mail } = await stage.mail();
    // The whole chain was seen a second ago: its issuer is known.
    expect(flat(mail.text).includes("Apple's platforms fetch the missing certificate")).toBe(isNamed);
    expect(flat(mail.text).includes('so no platform can fetch it')).toBe(!isNamed);
    expect(mail.subject).toContain(isNamed ? 'CRITICAL: some apps' : 'CRITICAL: apps');
  });

  test('a mail server that never gives its final reply does not delay a shutdown', async () => {
    const api = await stage.api('api.example.com');
    const service = stage.start({ config: await stage.configure([entryOf(api)]) });
    await probed(service, [api.name], 'match');
    stage.smtp.afterData('stall');
    api.server.rotate([api.strange]);
    await stage.mail();
    expect(await service.stop()).toBe(0);
    const failed = service.lines.find(({ event }) => event === 'mail_failed_temporary');
    expect(failed?.detail).toContain('may have accepted it');
  });
});
