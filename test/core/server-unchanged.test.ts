import { expect, test } from 'vitest';
import { serverUnchanged } from '../../src/core/server-unchanged.ts';
import { pinOf } from '../support/observations.ts';

const [a, b, c] = [pinOf('a'), pinOf('b'), pinOf('c')];
const since = '2026-11-22T04:10:54Z';
const told = (...after: (typeof a)[]) => serverUnchanged('api.example.com', since, [a], after);

test('adding a pin does not fix the server: apps without it still fail', () => {
  expect(told(a, b)).toBe(
    `api.example.com has an open pin mismatch, since ${since}. The server has not changed: apps without ${b} still fail until they get it or the server presents a key that they pin.`,
  );
  expect(told(a, b, c)).toContain('apps without one of the 2 new pins still fail');
  expect(told()).toContain('apps that have pins still fail');
});

test('there is no warning if there is nothing to misunderstand', () => {
  expect(told(a)).toBeNull();
  expect(serverUnchanged('api.example.com', null, [a], [a, b])).toBeNull();
});
