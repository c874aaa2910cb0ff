import { beforeEach, expect, test } from 'vitest';
import { createRecipients, type Recipients, type Step } from '../../soak/recipients.ts';

const [first, second, hook] = ['devops@acme.example', 'oncall@acme.example', 'the webhook of acme'] as const;
let recipients: Recipients;
beforeEach(() => {
  recipients = createRecipients(() => [first, second, hook]);
});

const step = (transition: Step['transition'], incident = 'i-1'): Step => ({
  ...{ transition, incident, domain: 'api.example.com:8443', kind: 'pin_mismatch' },
});
const tell = (to: string, id: string, ...steps: Step[]) => recipients.told(to, 'acme', id, steps);

test('all are told once, in order, whoever is first; a repeat with the same id is fine', () => {
  for (const one of [second, hook, first]) {
    tell(one, '1', step('opened'));
    tell(one, '1', step('opened'));
    tell(one, '2', step('closed'));
  }
  // One notice has both, and lists the end first.
  for (const one of [first, hook, second]) tell(one, '3', step('closed', 'i-2'), step('opened', 'i-2'));
  expect([...recipients.judge(), ...recipients.missed()]).toEqual([]);
});

test('whoever is not told what others are told is missed, with the step', () => {
  for (const one of [first, hook]) tell(one, '1', step('opened'));
  tell(first, '2', step('closed'));
  tell(second, '1', step('opened'));
  expect(recipients.judge()).toEqual([]);
  const what = 'closed api.example.com:8443 pin_mismatch (incident i-1): not told to';
  const missed = recipients.missed().map((text) => text.replace(/^\S+ /, ''));
  expect(missed).toEqual([`${what} ${second}`, `${what} ${hook}`]);
});

test('an end before its beginning is wrong, for the one who is told so', () => {
  tell(first, '1', step('opened'));
  tell(hook, '2', step('closed'));
  tell(hook, '1', step('opened'));
  expect(recipients.judge()).toEqual([
    expect.stringMatching(/closed .*incident i-1.*: the webhook of acme was not told before that it opened$/),
  ]);
  expect(recipients.judge()).toEqual([]);
});

test('the same in two notices is wrong', () => {
  tell(second, '1', step('opened'));
  tell(second, '2', step('opened'));
  expect(recipients.judge()).toEqual([expect.stringMatching(/told in two mails, to oncall@acme\.example$/)]);
});

test('what a loss of the store explains is not counted, also if it is known later', () => {
  tell(first, '1', step('opened'));
  tell(hook, '2', step('closed'));
  recipients.storeLost();
  expect([...recipients.judge(), ...recipients.missed()]).toEqual([]);
});
