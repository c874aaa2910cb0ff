import { expect, test } from 'vitest';
import { type AccessRefusal, createAccessRefusals } from '../../../src/flow/admin/access-refusals.ts';

const one: AccessRefusal = {
  ...{ name: 'ci', role: 'account-viewer', action: 'edit_account' },
  ...{ account: 'acme', source: '192.0.2.1' },
};

test('the first of a token and action is reported, and then one a minute, with their number', () => {
  const reported: [AccessRefusal, number][] = [];
  const refusals = createAccessRefusals((...what) => reported.push(what));
  for (const now of [0, 1, 59_999]) refusals.refused(one, now);
  refusals.refused({ ...one, action: 'read_audit', account: null }, 2);
  refusals.refused({ ...one, name: 'another' }, 3);
  expect(reported.map(([{ name, action }, count]) => [name, action, count])).toEqual([
    ['ci', 'edit_account', 1],
    ['ci', 'read_audit', 1],
    ['another', 'edit_account', 1],
  ]);
  refusals.refused({ ...one, account: 'other' }, 60_000);
  expect(reported.at(-1)).toEqual([{ ...one, account: 'other' }, 3]);
});

test('what is remembered is bounded', () => {
  let reports = 0;
  const refusals = createAccessRefusals(() => {
    reports += 1;
  });
  for (let at = 0; at <= 1_000; at += 1) refusals.refused({ ...one, name: `token-${at}` }, at);
  refusals.refused({ ...one, name: 'token-1000' }, 1_001);
  expect(reports).toBe(1_001);
  refusals.refused({ ...one, name: 'token-0' }, 1_001);
  expect(reports).toBe(1_002);
});
