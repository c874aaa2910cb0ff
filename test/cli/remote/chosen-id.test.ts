import { expect, test } from 'vitest';
import { chosenId } from '../../../src/cli/remote/chosen-id.ts';
import { printable } from '../../../src/cli/remote/printable.ts';

const esc = String.fromCodePoint(0x1b);
const candidates = [
  { id: '5f0c2a', about: 'api.example.com pin_mismatch' },
  { id: '5f0d11', about: `login.example.com ${esc}[31m` },
  { id: '5f', about: 'a whole id that others begin with' },
];

test('the whole id, or a start of it that only one has', () => {
  expect(chosenId('open incident', candidates, '5f0c').id).toBe('5f0c2a');
  expect(chosenId('open incident', candidates, '5f0c2a').id).toBe('5f0c2a');
  expect(chosenId('open incident', candidates, '5f').id).toBe('5f');
});

test('what none or several have is refused, with the candidates', () => {
  expect(() => chosenId('open incident', candidates, '6')).toThrow(/^Not found: no open incident "6"$/);
  expect(() => chosenId('open incident', candidates, '')).toThrow(/^Not found: no open incident ""$/);
  expect(() => chosenId('open incident', candidates, '5f0')).toThrow(
    'Ambiguous: 2 open incidents begin with "5f0"\n' +
      '  5f0c2a  api.example.com pin_mismatch\n' +
      `  5f0d11  login.example.com ${printable(`${esc}[31m`)}`,
  );
});

test('at most ten candidates are listed', () => {
  const many = [...Array(25).keys()].map((at) => ({ id: `aa${at}`, about: 'x' }));
  expect(() => chosenId('token', many, 'a')).toThrow(/^Ambiguous: 25 tokens (?:.*\n){11} {2}and 15 more$/);
});
