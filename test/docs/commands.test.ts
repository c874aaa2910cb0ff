import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCommandLine } from '../support/command-line.ts';
import { markdownFiles, quoted, read, root, rows, section } from './markdown.ts';

const operating = read('docs/operating.md');
const help = new Map<string, string>();

const commandLine = openCommandLine(join(root, 'dist/src/main.js'), root);

async function helpOf(...command: string[]): Promise<string> {
  const { status, stdout, stderr } = await commandLine.run([...command, '--help'], { ...process.env });
  expect(status, stderr).toBe(0);
  return stdout;
}

/** Every command by its words, the groups' own in their place: `check`, `pin from`. */
async function readHelp(...group: string[]): Promise<void> {
  const text = await helpOf(...group);
  const [, section] = /\nCommands:\n(.*?)\n\n/s.exec(text) ?? [];
  // A command that has others may be one itself.
  if (section === undefined || /^Arguments:|^Usage: .* <\w/m.test(text)) help.set(group.join(' '), text);
  if (section === undefined) return;
  const names = [...section.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name = '']) => name);
  for (const name of names) if (name !== 'help') await readHelp(...group, name);
}

beforeAll(async () => {
  // Builds dist/ if it is not up to date.
  await promisify(execFile)(process.execPath, ['bin/pinwatch.js', '--version'], { cwd: root });
  await readHelp();
});
afterAll(() => commandLine.close());

const optionsOf = (text: string | undefined) =>
  [...(text ?? '').matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, name = '']) => name);

test('docs/operating.md lists every command, and no other', () => {
  const tables = ['Commands', 'Administration'].flatMap((heading) => rows(section(operating, heading)));
  const listed = tables.flatMap(([first = '']) => quoted(first));
  const commands = listed
    .filter((word) => word.startsWith('pinwatch '))
    .map((word) => word.slice('pinwatch '.length));
  expect(commands.sort()).toEqual([...help.keys()].sort());
});

test('docs/operating.md lists every option of check, and no other', () => {
  const listed = rows(section(operating, 'Commands'))
    .flatMap(([first = '']) => quoted(first))
    .filter((word) => word.startsWith('--'))
    .map((word) => word.split(' ')[0] ?? '');
  expect(listed.sort()).toEqual(
    optionsOf(help.get('check'))
      .filter((name) => name !== '--help')
      .sort(),
  );
});

test('the options that any document shows exist', () => {
  for (const file of markdownFiles()) {
    for (const line of read(file).split('\n')) {
      const [, first = '', second = '', rest = ''] =
        /\bpinwatch ([a-z-]+)((?: [a-z]+)?)(.*)/.exec(line) ?? [];
      const command = [`${first}${second}`, first].find((words) => help.has(words));
      if (command === undefined) continue;
      for (const [option] of rest.split('#')[0]?.matchAll(/(?<=\s)--[a-z-]+/g) ?? []) {
        expect([...optionsOf(help.get(command)), '--help'], `${file}: ${line}`).toContain(option);
      }
    }
  }
});
