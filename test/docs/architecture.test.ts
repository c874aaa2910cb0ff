import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
const named = [...text.matchAll(/`((?:src|docs|config|test)\/[^`*\s]+)`/g)].map(([, path = '']) => path);

test('every file that it names exists', () => {
  expect(named.length).toBeGreaterThan(60);
  for (const path of named) expect(existsSync(join(root, path)), path).toBe(true);
});

test('every folder of src is in its picture', () => {
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  for (const { name } of folders) expect(text, name).toContain(`  ${name}/`);
});

describe.each([...['A finding', 'A notifier', 'A probe type', 'A format of pins', 'A setting of a domain']])(
  'to add: %s',
  (what) => {
    const [paragraph = ''] = new RegExp(`\\*\\*${what}[^*]*\\*\\*[^]*?\\n\\n`).exec(`${text}\n\n`) ?? [];

    test('files to change are named', () => {
      const files = [...paragraph.matchAll(/`((?:src|docs|config|test)\/[^`]+)`/g)].map(([, path]) => path);
      expect(files.length).toBeGreaterThanOrEqual(5);
    });
  },
);

test('the words of its glossary stand in the files that it gives for them', () => {
  const rows = [...text.matchAll(/^\| \*\*([^*]+)\*\* \|[^|]*\| `([^`]+)` \|$/gm)];
  expect(rows.length).toBeGreaterThan(20);
  for (const [, word = '', path = ''] of rows) {
    const source = readFileSync(join(root, path), 'utf8').toLowerCase();
    const [last = ''] = word.split(' ').slice(-1);
    expect(source, `${word} in ${path}`).toContain(last);
  }
});
