import { expect, test } from 'vitest';
import { withPulse } from '../../../src/adapters/http/pulse.ts';

async function all(source: AsyncIterable<string>): Promise<string[]> {
  const items: string[] = [];
  for await (const item of source) items.push(item);
  return items;
}

test('items are passed on in order, without a pulse if they come in time', async () => {
  async function* source() {
    yield 'a';
    yield 'b';
  }
  expect(await all(withPulse(source(), '.', 60_000))).toEqual(['a', 'b']);
});

test('a pulse comes for each period of silence, and nothing is lost', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  async function* source() {
    yield 'a';
    await held;
    yield 'b';
  }
  const seen: string[] = [];
  for await (const item of withPulse(source(), '.', 10)) {
    seen.push(item);
    if (seen.length === 4) release();
  }
  expect(seen.slice(0, 4)).toEqual(['a', '.', '.', '.']);
  expect(seen.filter((item) => item !== '.')).toEqual(['a', 'b']);
});

test('a consumer that stops ends the source, and an error of the source is passed on', async () => {
  let ended = false;
  async function* source() {
    try {
      yield 'a';
      yield 'b';
    } finally {
      ended = true;
    }
  }
  for await (const item of withPulse(source(), '.', 60_000)) {
    expect(item).toBe('a');
    break;
  }
  expect(ended).toBe(true);

  async function* broken(): AsyncGenerator<string> {
    yield 'a';
    throw new Error('Redis was away');
  }
  await expect(all(withPulse(broken(), '.', 60_000))).rejects.toThrow('Redis was away');
});
