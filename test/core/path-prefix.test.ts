import { expect, test } from 'vitest';
import { parsePathPrefix } from '../../src/core/path-prefix.ts';

test.each([
  ['/', ''],
  ['', ''],
  ['/pinwatch', '/pinwatch'],
  ['/pinwatch/', '/pinwatch'],
  ['/ops/pin-watch_2.0~', '/ops/pin-watch_2.0~'],
])('%s is a path', (text, value) => {
  expect(parsePathPrefix(text)).toEqual({ ok: true, value });
});

test.each([
  'pinwatch',
  '//evil.example',
  '/a//b',
  '/../x',
  '/a/..',
  '/a/./b',
  '/a b',
  '/"><script>',
  '/a?b',
  '/a#b',
  '/%2e%2e',
  '/ä',
  'https://example.com/pinwatch',
  '/a\n',
  `/${'a'.repeat(200)}`,
])('%s is none', (text) => {
  expect(parsePathPrefix(text)).toMatchObject({
    ok: false,
    problem: expect.stringContaining('expected a path such as'),
  });
});
