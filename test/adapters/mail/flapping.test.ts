import { expect, test } from 'vitest';
import { renderLetter } from '../../../src/adapters/mail/render.ts';
import type { Transition } from '../../../src/core/incident.ts';
import { check, endpoint, failedEndpoint, letter, pins, transition } from './letters.ts';
import { expectInOrder } from './order.ts';

const render = (...transitions: readonly Transition[]) =>
  renderLetter(letter(transitions), { from: 'pinwatch@example.com' });
const flat = (text: string) => text.replace(/\s+/g, ' ');
const flapping = {
  since: '2026-11-22T03:30:54Z',
  openings: 4,
  between: ['pin_mismatch', pins.rogue],
  isCalm: false,
};

test('a mismatch that flaps says so in the subject, what it alternates between, and what will not be told', () => {
  const { subject, text, json } = render(transition({ flapping }));
  expect(subject).toBe('api.example.com: pin mismatch - CRITICAL flapping: apps cannot connect [acme]');
  expectInOrder(flat(text), [
    'CRITICAL: apps cannot connect to api.example.com (flapping: opened 4 times since 2026-11-22 03:30:54 UTC)',
    `It alternates between "pin mismatch" (${pins.rogue}) and a state in which probes do not find it.`,
    'Until one of the two has lasted for an hour, neither its recovery nor its return is reported.',
    'Every app of account acme',
  ]);
  expect(JSON.parse(json).transitions[0]).toMatchObject({ transition: 'opened', flapping });
});

test('when it is calm, it is told which of the two is left', () => {
  const calm = { ...flapping, isCalm: true };
  const still = render(transition({ transition: 'changed', flapping: calm }));
  expect(still.subject).toContain('- CRITICAL: apps cannot connect');
  expect(flat(still.text)).toContain(
    '(flapped until an hour ago: opened 4 times since 2026-11-22 03:30:54 UTC)',
  );
  expect(flat(still.text)).toContain('It has been there without interruption for an hour.');
  const well = check([endpoint('192.0.2.10', pins.primary)]);
  const over = render(transition({ transition: 'closed', check: well, flapping: calm }));
  expect(over.subject).toContain('- RESOLVED: ');
  expect(flat(over.text)).toContain('It has not been found for an hour.');
});

test('a reminder of one that is away at the moment does not say that it is there', () => {
  const dead = { ...flapping, between: ['connection_refused'] };
  const made = (what: Partial<Transition>) =>
    transition({ kind: 'unreachable', severity: 'warning', transition: 'reminder', flapping: dead, ...what });
  const away = flat(render(made({ check: check([endpoint('192.0.2.10', pins.primary)]) })).text);
  expect(away).toContain('At the last probe, api.example.com could be judged.');
  expect(away).not.toContain('No endpoint');
  const there = flat(
    render(made({ check: check([failedEndpoint('192.0.2.10', 'connection_refused')]) })).text,
  );
  expect(there).toContain('It alternates between "unreachable" (connection_refused) and');
  expect(there).toContain('No endpoint of api.example.com could be judged.');
});
