import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMailFolder } from '../../../src/adapters/mail/folder.ts';
import { letter, transition } from './letters.ts';

const from = 'pinwatch <pinwatch@example.com>';
const never = new AbortController().signal;
let root = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pinwatch-mail-'));
});
afterEach(() => rm(root, { recursive: true }));

test('writes one complete .eml, creates the folder, and a repeat replaces it with an equal one', async () => {
  const directory = join(root, 'var', 'mail');
  const folder = createMailFolder({ directory, from });
  const one = letter([transition()]);
  const receipt = join(directory, '20261122T042254Z-acme-mhx3k9a0-1.eml');
  const sent = one.recipients.map((recipient) => ({
    ...{ recipient, outcome: 'sent', isWritten: true, receipt },
  }));
  expect(await folder.send(one, never)).toEqual(sent);
  const first = await readFile(receipt);
  expect(await folder.send(one, never)).toEqual(sent);
  expect(await readFile(receipt)).toEqual(first);
  expect(await readdir(directory)).toEqual(['20261122T042254Z-acme-mhx3k9a0-1.eml']);

  const mail = await PostalMime.parse(first);
  expect(mail.subject).toBe('api.example.com: pin mismatch - CRITICAL: apps cannot connect [acme]');
  expect(mail.messageId).toBe('<acme-mhx3k9a0-1@example.com>');
  expect(mail.date).toBe('2026-11-22T04:22:54.000Z');
  expect(mail.from).toEqual({ name: 'pinwatch', address: 'pinwatch@example.com' });
  expect(mail.to?.map(({ address }) => address)).toEqual(one.everyone);
  await folder.close();
});

test('the MIME structure is mixed(alternative(text, html), json)', async () => {
  const folder = createMailFolder({ directory: root, from });
  await folder.send(letter([transition()]), never);
  const raw = await readFile(join(root, '20261122T042254Z-acme-mhx3k9a0-1.eml'), 'utf8');
  const types = [...raw.matchAll(/^Content-Type: ([a-z/]+)/gm)].map(([, type]) => type);
  expect(types).toEqual([
    'multipart/mixed',
    'multipart/alternative',
    'text/plain',
    'text/html',
    'application/json',
  ]);
  expect(raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
  expect(raw).toMatch(/^X-Auto-Response-Suppress: All\r$/m);
  expect(raw).toMatch(/^X-Pinwatch-Account: acme\r$/m);
  expect(raw).not.toMatch(/[^\r]\n/);
  expect(Math.max(...raw.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
  const [part] = (await PostalMime.parse(raw)).attachments;
  expect(part).toMatchObject({ filename: 'pinwatch.json', mimeType: 'application/json' });
  const json = JSON.parse(new TextDecoder().decode(part?.content as ArrayBuffer));
  expect(json.transitions[0].domain).toBe('api.example.com');
});

test('a folder that cannot be written keeps the letter owed, and leaves nothing half-written', async () => {
  const file = join(root, 'in-the-way');
  await writeFile(file, '');
  const [delivery] = await createMailFolder({ directory: file, from }).send(letter([transition()]), never);
  expect(delivery).toMatchObject({
    outcome: 'failed_temporary',
    reason: expect.stringContaining('cannot write'),
  });
  const aborted = await createMailFolder({ directory: root, from }).send(
    letter([transition()]),
    AbortSignal.abort(),
  );
  expect(aborted[0]?.outcome).toBe('failed_temporary');
  expect(await readdir(root)).toEqual(['in-the-way']);
});

test('refuses an id that would leave the folder, and a sender that is not an address', async () => {
  const folder = createMailFolder({ directory: root, from });
  await expect(folder.send(letter([transition()], { id: '../x' }), never)).rejects.toThrow(
    'letter.id: expected',
  );
  expect(() => createMailFolder({ directory: root, from: 'nobody' })).toThrow(
    'mail.from: expected a mail address',
  );
});
