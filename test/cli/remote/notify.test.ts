import { afterAll, beforeAll, expect } from 'vitest';
import { type Hook, startHook } from '../../support/hook.ts';
import { testRequiring } from '../../support/requires.ts';
import { type Admin, setAdmin } from './admin.ts';

const test = testRequiring('redis-server');

let admin: Admin;
let hook: Hook;
beforeAll(async () => {
  [admin, hook] = await Promise.all([setAdmin(), startHook()]);
  await admin.ok('account', 'create', 'acme', '--contact', 'devops@example.com');
  const channels = [{ name: 'ops', type: 'webhook', url: hook.url, key: 'a-key-of-the-webhook' }];
  const answer = await fetch(`${admin.url}/v1/accounts/acme`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ channels }),
  });
  expect(answer.status).toBe(200);
});
afterAll(async () => {
  await admin.stage.close();
  await hook.close();
});

test('notify test: shows each answer, and its exit status says whether all took it', async () => {
  expect(await admin.ok('notify', 'test', 'acme')).toMatch(/^ops +webhook +sent +status 204$/m);
  expect(hook.received).toHaveLength(1);
  expect(await admin.run(['notify', 'test', 'acme', '--channel', 'none'])).toMatchObject({
    stderr: expect.stringContaining('the account has ops'),
  });
  hook.answer = { status: 403, body: 'no entry' };
  const refused = await admin.run(['notify', 'test', 'acme', '--channel', 'ops']);
  expect(refused).toMatchObject({ status: 2, stdout: expect.stringContaining('failed_temporary') });
  expect(refused.stdout).not.toContain('token-4711');
});

test('account show and export name the channel, without its secrets', async () => {
  const shown = await admin.ok('account', 'show', 'acme');
  expect(shown).toMatch(/^channel +ops: webhook to 127\.0\.0\.1:\d+, info and above$/m);
  const exported = await admin.ok('export', 'acme');
  expect(exported).toContain('- name: ops\n        type: webhook\n');
  expect(shown + exported).not.toMatch(/token-4711|a-key-of/);
});
