import { expect, test } from 'vitest';
import { mostLineCharacters, readLogLine } from '../../src/core/adoption-log.ts';

const channel = '2apkomwuoxhmprbjmjmqsurtvd';
const read = (line: string) => readLogLine(line, channel, 41);
const path = `/c/${channel}`;

test.each([
  [
    'nginx, combined',
    `203.0.113.9 - - [27/Nov/2026:01:30:00 +0200] "GET ${path}?v=41 HTTP/2.0" 304 0 "-" "okhttp/4.12"`,
    '2026-11-26',
  ],
  ['JSON', `{"time":"2026-11-27T10:00:00.123Z","uri":"${path}?v=41","status":304}`, '2026-11-27'],
  ['JSON with an offset', `{"ts":"2026-11-27T23:30:00-0200","request":"GET ${path}?v=41"}`, '2026-11-28'],
  [
    'CloudFront',
    `2026-11-27\t10:00:00\tFRA56\t1024\t192.0.2.1\tGET\td1.cloudfront.net\t${path}\t200\t-\tokhttp\tv=41\t-\tHit`,
    '2026-11-27',
  ],
  ['columns', `2026-11-27 10:00:00 GET ${path} v=41 200`, '2026-11-27'],
])('%s', (_, line, day) => {
  expect(read(line)).toEqual({ day, version: 41 });
});

test.each([
  ['another channel', '[27/Nov/2026:01:30:00 +0000] "GET /c/aaaaaaaaaaaaaaaaaaaaaaaaaa?v=41 HTTP/2.0"'],
  ['without a version', `[27/Nov/2026:01:30:00 +0000] "GET ${path} HTTP/2.0" 200`],
  ['a version that was never published', `[27/Nov/2026:01:30:00 +0000] "GET ${path}?v=43 HTTP/2.0" 200`],
  ['no number', `[27/Nov/2026:01:30:00 +0000] "GET ${path}?v=41x HTTP/2.0" 200`],
  ['no time', `"GET ${path}?v=41 HTTP/2.0" 200`],
  ['a time that is none', `[99/Foo/2026:01:30:00 +0000] "GET ${path}?v=41 HTTP/2.0" 200`],
  ['a line that is too long', `2026-11-27T10:00:00Z ${path}?v=41 ${'x'.repeat(mostLineCharacters)}`],
])('not counted: %s', (_, line) => {
  expect(read(line)).toBeNull();
});

test('hostile lines take no time to speak of', () => {
  for (const part of ['?v=', '/c/', '\tv=', '2026-11-27T', '[27/Nov/', `${path}?v=`]) {
    expect(read(`${path}${part.repeat(mostLineCharacters / part.length - 10)}`)).toBeNull();
  }
});
