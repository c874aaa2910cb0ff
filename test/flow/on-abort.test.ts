import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { onAbort } from '../../src/flow/on-abort.ts';

test('all that wait run once, but for those that were called off', () => {
  const controller = new AbortController();
  const { signal } = controller;
  const ran: string[] = [];
  onAbort(signal, () => ran.push('first'));
  const callOff = onAbort(signal, () => ran.push('second'));
  onAbort(signal, () => ran.push('third'));
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  callOff();
  controller.abort();
  expect(ran).toEqual(['first', 'third']);
});

test('nothing is left of what was called off, also twice', () => {
  const { signal } = new AbortController();
  const first = onAbort(signal, () => {});
  first();
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  const second = onAbort(signal, () => {});
  first();
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  second();
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('one that calls others off while it runs', () => {
  const controller = new AbortController();
  const ran: string[] = [];
  onAbort(controller.signal, () => {
    ran.push('first');
    callOff();
  });
  const callOff = onAbort(controller.signal, () => ran.push('second'));
  controller.abort();
  expect(ran).toEqual(['first']);
});
