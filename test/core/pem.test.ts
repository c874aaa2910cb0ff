import { expect, test } from 'vitest';
import { readPem } from '../../src/core/pem.ts';

const begin = (label: string) => `-----BEGIN ${label}-----`;
const end = (label: string) => `-----END ${label}-----`;
const block = (label: string, body: string) => `${begin(label)}${body}${end(label)}`;
const isX = (label: string) => label === 'X';

test('wanted blocks are numbered in order, whatever is between them', () => {
  const text = `\ufeffSubject: ----- x\n${block('Y', 'b')}\n  ${block('X', '\r\n  a\r\n  ')}${block('X', 'c')}\n-----`;
  expect(readPem(text, isX, 'thing')).toEqual({
    blocks: [
      { number: 1, label: 'X', body: '\r\n  a\r\n  ' },
      { number: 2, label: 'X', body: 'c' },
    ],
    problem: null,
  });
});

test.each([
  ['the end of the text', `${block('X', 'a')}${begin('X')}b`],
  ['another END line', `${block('X', 'a')}${begin('X')}b${end('Y')}`],
  ['another block of its label', `${block('X', 'a')}${begin('X')}b\n${block('X', 'c')}`],
  ['an END line in lower case', `${block('X', 'a')}${begin('X')}b${end('x')}`],
])('a block that is ended by %s is a problem, and those before it are read', (_, text) => {
  expect(readPem(text, isX, 'thing')).toEqual({
    blocks: [{ number: 1, label: 'X', body: 'a' }],
    problem: 'thing 2: found no -----END X-----',
  });
});

test('blocks that are not wanted need no end', () => {
  expect(readPem(`${begin('Y')}${block('X', 'a')}`, isX, 'thing').blocks).toHaveLength(1);
  expect(readPem('-----BEGIN ', isX, 'thing')).toEqual({ blocks: [], problem: null });
});

test('a label is shown escaped and cut', () => {
  const { problem } = readPem(begin(`\u001b[31m${'x'.repeat(1_000)}`), () => true, 'block');
  expect(problem).toMatch(/^block 1: found no -----END \\u001b\[31mx{75}…-----$/);
});

test('blocks without an end do not take quadratic time', () => {
  // Searching each to the end of the text would read 10^11 characters.
  for (const label of ['X', 'Y']) readPem(`${begin(label)}\n`.repeat(100_000), isX, 'thing');
});
