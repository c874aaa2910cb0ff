import { expect, test } from 'vitest';
import { createAccountQueue } from '../../../src/adapters/http/account-queue.ts';

test('each account has a number of turns at a time, whatever others do, and gets them in order', async () => {
  const turns = createAccountQueue(2, 3);
  const order: string[] = [];
  const take = async (who: string, name: string) => {
    const release = await turns.take(who);
    order.push(release === null ? `${name} refused` : name);
    return release;
  };
  const [one, two] = [await take('a', 'a1'), await take('a', 'a2')];
  const waiting = ['a3', 'a4', 'a5'].map((name) => take('a', name));
  expect(await take('a', 'a6')).toBeNull();
  const other = await take('b', 'b1');
  expect(order).toEqual(['a1', 'a2', 'a6 refused', 'b1']);
  one?.();
  // Releasing twice counts once.
  one?.();
  const third = await waiting[0];
  expect(order.at(-1)).toBe('a3');
  two?.();
  third?.();
  await Promise.all(waiting.slice(1));
  expect(order.slice(-2)).toEqual(['a4', 'a5']);
  other?.();
  for (const release of await Promise.all(waiting)) release?.();
  expect(await turns.take('a')).not.toBeNull();
});
