import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pinReaders } from '../../../src/adapters/pin-formats/registry.ts';
import { readCorpus } from './pin-file.ts';

const folder = new URL('corpus/', import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.includes('.'));
const formatOf = (path: string) => path.slice(0, path.indexOf('/'));

test('each format has files that are accepted, and files that are refused', () => {
  for (const { format } of pinReaders) {
    const own = files.filter((path) => formatOf(path) === format);
    expect(own.filter((path) => path.includes('/refused/')).length, format).toBeGreaterThan(0);
    expect(own.filter((path) => !path.includes('/refused/')).length, format).toBeGreaterThan(0);
  }
});

test.each(files.filter((path) => !path.includes('/refused/')))('%s: told by its content', (path) => {
  const read = readCorpus(path, { okhttp: '4.12', host: 'api.example.com' });
  expect(read).toMatchObject({ ok: true, format: formatOf(path) });
});

test.each(files.filter((path) => path.includes('/refused/')))('%s: refused, with a place in it', (path) => {
  const read = readCorpus(path, { host: 'api.example.com' });
  if (read.ok) throw new Error('expected to be refused');
  expect([formatOf(path), null]).toContain(read.format);
  for (const { line, column, message } of read.problems) {
    expect(Math.min(line, column)).toBeGreaterThan(0);
    expect(message).not.toBe('');
  }
});
