/** That clients show the mails of one incident as one thread, and can sort them by account. */
import { afterEach, expect, test } from 'vitest';
import { renderLetter } from '../../../src/adapters/mail/render.ts';
import { createSmtpMailer } from '../../../src/adapters/mail/smtp.ts';
import type { Transition } from '../../../src/core/incident.ts';
import { type SmtpServer, startSmtp } from '../../support/smtp.ts';
import { burst, check, endpoint, letter, pins, transition } from './letters.ts';

const from = 'pinwatch <pinwatch@example.com>';
const undo: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function sent(letters: readonly ReturnType<typeof letter>[]): Promise<SmtpServer['received']> {
  const server = await startSmtp();
  const mailer = createSmtpMailer({ url: server.url, from });
  undo.push(
    () => server.close(),
    () => mailer.close(),
  );
  for (const one of letters) await mailer.send(one, new AbortController().signal);
  return server.next(letters.length);
}

const well = check([endpoint('192.0.2.10', pins.primary)]);
const referred = (transitions: readonly Transition[]) =>
  (renderLetter(letter(transitions), { from }).headers.References ?? '').split(' ');

test('every mail of an incident refers to the same root, as it arrives', async () => {
  const steps = (['opened', 'changed', 'reminder', 'closed'] as const).map((what, index) =>
    letter([transition({ transition: what, ...(what === 'closed' ? { check: well } : {}) })], {
      id: `acme-${index}`,
    }),
  );
  const mails = await sent(steps);
  const root = '<incident-mhx3k9a0-1a2b3c@example.com>';
  for (const { mail } of mails) {
    expect(mail.inReplyTo).toBe(root);
    expect(mail.references).toBe(root);
    const list = mail.headers.find(({ key }) => key === 'list-id');
    expect(list?.value).toBe('<acme.pinwatch.example.com>');
  }
  expect(mails.map(({ mail }) => mail.messageId)).toEqual(steps.map(({ id }) => `<${id}@example.com>`));
});

test('a mail about several incidents belongs to the thread of each; the last root is its parent', async () => {
  const both = [transition({ incident: 'a' }), transition({ incident: 'b', domain: 'b.example.com' })];
  const [mail] = (await sent([letter(both)])).map((one) => one.mail);
  const roots = mail?.references?.split(/\s+/) ?? [];
  expect([...roots].sort()).toEqual(['<incident-a@example.com>', '<incident-b@example.com>']);
  expect(mail?.inReplyTo).toBe(roots.at(-1));
  // The order does not depend on that of the incidents: clients chain the roots.
  expect(referred([...both].reverse())).toEqual(roots);
});

test('500 incidents: the references are bounded, and a later mail about some of them has most in common', async () => {
  const [mail] = await sent([letter(burst(500))]);
  const opened = mail?.mail.references?.split(/\s+/) ?? [];
  expect(opened).toHaveLength(40);
  for (const line of mail?.raw.toString().split('\r\n') ?? []) expect(line.length).toBeLessThanOrEqual(998);
  const half = burst(500).filter((_, index) => index % 2 === 0);
  const later = referred(half.map((one) => ({ ...one, transition: 'closed' as const })));
  const common = later.filter((root) => opened.includes(root));
  expect(common.length).toBeGreaterThan(10);
  // In the same order, so that the threads are one.
  expect(opened.filter((root) => common.includes(root))).toEqual(common);
});

test('the list is of the account: one that has dots keeps valid labels', () => {
  const listOf = (account: string) =>
    renderLetter(letter([transition()], { account }), { from }).headers['List-Id'];
  expect(listOf('acme.eu')).toBe('<acme.eu.pinwatch.example.com>');
  expect(listOf('acme..eu.')).toBe('<acme-.eu-.pinwatch.example.com>');
});

test('a list of mails shows what to do first after the subject; in the mail it is hidden', () => {
  const { html } = renderLetter(letter([transition()]), { from });
  const [, hidden = ''] = /<body[^>]*>\n<div style="display:none[^"]*">([^<]*)<\/div>/.exec(html) ?? [];
  expect(hidden).toMatch(/^Do first: put the previous certificate and key back on 192\.0\.2\.10/);
  expect(hidden).toMatch(/&zwnj;$/);
});
