import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { pinReaders } from '../../src/adapters/pin-formats/registry.ts';
import { formatTable } from './format-table.ts';
import { read, rows, section } from './markdown.ts';

const path = 'docs/shipped-pins.md';
const document = read(path);

// `npx vitest run test/docs/shipped-pins.test.ts -u` writes it anew.
test('the table of formats is what the code says of them', async () => {
  const written = document.replace(
    /(?<=^<!-- formats: .* -->\n).*(?=^<!-- \/formats -->$)/ms,
    () => `\n${formatTable()}\n\n`,
  );
  await expect(written).toMatchFileSnapshot(fileURLToPath(new URL(`../../${path}`, import.meta.url)));
});

test('each format says what it means, in a row without a stray divider', () => {
  expect(rows(section(document, 'Formats')).map((row) => row.length)).toEqual(pinReaders.map(() => 3));
  for (const { format, about } of pinReaders) {
    expect(about.meaning.length, format).toBeGreaterThan(0);
    expect(about.source, format).not.toBe('');
  }
});

test('the CI jobs are YAML, and run a check with the pins of a file', () => {
  const snippets = [...document.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => parse(text));
  const [github, gitlab] = snippets;
  const commands: string[] = [
    ...github.jobs.pins.steps.flatMap(({ run }: { run?: string }) => run ?? []),
    ...gitlab.pins.script,
  ];
  expect(commands).toHaveLength(4);
  for (const command of commands) expect(command).toMatch(/ check api\.example\.com --pins-from \S+$/);
});
