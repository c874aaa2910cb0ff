import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { quoted, read, root, rows } from './markdown.ts';

const text = read('docs/asvs.md');
const found = rows(text);

/** How many requirements each section of ASVS 5.0.0 has at levels 1 and 2; they are the first ones of it. */
const sections: Readonly<Record<string, number>> = {
  ...{ '1.1': 2, '1.2': 9, '1.3': 11, '1.4': 3, '1.5': 2 },
  ...{ '2.1': 3, '2.2': 3, '2.3': 4, '2.4': 1 },
  ...{ '3.2': 2, '3.3': 4, '3.4': 6, '3.5': 5, '3.7': 2 },
  ...{ '4.1': 3, '4.2': 1, '4.3': 2, '4.4': 4 },
  ...{ '5.1': 1, '5.2': 3, '5.3': 2, '5.4': 3 },
  ...{ '6.1': 3, '6.2': 12, '6.3': 4, '6.4': 4, '6.5': 5, '6.6': 3, '6.8': 4 },
  ...{ '7.1': 3, '7.2': 4, '7.3': 2, '7.4': 5, '7.5': 2, '7.6': 2 },
  ...{ '8.1': 2, '8.2': 3, '8.3': 1, '8.4': 1 },
  ...{ '9.1': 3, '9.2': 4 },
  ...{ '10.1': 2, '10.2': 2, '10.3': 4, '10.4': 11, '10.5': 5, '10.6': 2, '10.7': 3 },
  ...{ '11.1': 2, '11.2': 3, '11.3': 3, '11.4': 4, '11.5': 1, '11.6': 1 },
  ...{ '12.1': 3, '12.2': 2, '12.3': 4 },
  ...{ '13.1': 1, '13.2': 5, '13.3': 2, '13.4': 5 },
  ...{ '14.1': 2, '14.2': 4, '14.3': 3 },
  ...{ '15.1': 3, '15.2': 3, '15.3': 7 },
  ...{ '16.1': 1, '16.2': 5, '16.3': 4, '16.4': 3, '16.5': 3 },
  ...{ '17.1': 1, '17.2': 4, '17.3': 2 },
};

/** Of which a sentence says that they do not apply. */
const left = [...text.matchAll(/^\*\*([\d., and]+)\*\* do not apply:/gm)].flatMap(([, list = '']) =>
  list.split(/, | and /),
);

test('each requirement of levels 1 and 2 is answered once, in its order', () => {
  const expected = Object.entries(sections).flatMap(([section, count]) =>
    left.includes(section) ? [] : Array.from({ length: count }, (_, index) => `${section}.${index + 1}`),
  );
  expect(found.map(([id]) => id)).toEqual(expected);
  for (const section of left) expect(sections).toHaveProperty([section]);
});

test.each(found)('%s %s: %s', (_, requirement, answer, where = '') => {
  expect(requirement).not.toBe('');
  expect(['met', 'partly', 'not', 'n/a']).toContain(answer);
  // What is met or lacks something says where; what is missing, at least why.
  expect(where).not.toBe('');
});

test('every file that it names exists', () => {
  const files = quoted(text).filter((name) => /^(?:src|test|docs|config|verify)\/|^[\w-]+\.json$/.test(name));
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((name) => !existsSync(join(root, name)))).toEqual([]);
});

test('what is not met is said at its beginning', () => {
  const [, summary = ''] = /^## What is not met\n(.*?)^## /ms.exec(text) ?? [];
  const missing = found.flatMap(([id = '', , answer]) => (answer === 'not' ? [id] : []));
  expect(missing.filter((id) => !summary.includes(id))).toEqual([]);
});
