import { expect, test } from 'vitest';
import { lostBytes, reachOf } from '../../../src/adapters/redis/replication.ts';

const info = (fields: object) =>
  `# Replication\r\n${Object.entries(fields)
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join('')}`;
const master = info({
  ...{ role: 'master', master_replid: 'aaaa', master_replid2: '0000', master_repl_offset: 1_000 },
  second_repl_offset: -1,
});
const successor = (from: number, of = 'aaaa') =>
  info({ master_replid: 'bbbb', master_replid2: of, master_repl_offset: from + 5, second_repl_offset: from });

test('a successor that begins where its predecessor was seen, or later, has lost nothing', () => {
  const seen = reachOf(master);
  expect(seen).toEqual({ history: 'aaaa', bytes: 1_000 });
  if (seen === null) return;
  expect(lostBytes(seen, successor(1_001))).toBe(0);
  expect(lostBytes(seen, successor(1_300))).toBe(0);
  expect(lostBytes(seen, successor(901))).toBe(100);
});

test('nothing is concluded from another history, the same server, or an INFO that does not say', () => {
  const seen = { history: 'aaaa', bytes: 1_000 };
  for (const text of [successor(1, 'cccc'), master, info({ role: 'master' }), '', successor(Number.NaN)]) {
    expect(lostBytes(seen, text)).toBe(0);
  }
  expect(reachOf(info({ role: 'master' }))).toBeNull();
  expect(reachOf(info({ master_replid: 'aaaa', master_repl_offset: 'x' }))).toBeNull();
});
