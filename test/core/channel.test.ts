import { expect, test } from 'vitest';
import { channelOf } from '../../src/core/channel.ts';

test('a channel id is 26 characters of base32', () => {
  expect(channelOf(Uint8Array.from({ length: 26 }, (_, at) => at))).toBe('abcdefghijklmnopqrstuvwxyz');
  expect(channelOf(new Uint8Array(26).fill(255))).toBe('7'.repeat(26));
});
