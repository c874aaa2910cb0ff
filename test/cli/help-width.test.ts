import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { addCheckCommand } from '../../src/cli/check-command.ts';
import { addCompletionCommands } from '../../src/cli/completion/commands.ts';
import { addConfigCommands } from '../../src/cli/config-commands.ts';
import { addHealthCommand } from '../../src/cli/health.ts';
import { FittingCommand, fitted, helpColumns } from '../../src/cli/help.ts';
import { addKeyCommands } from '../../src/cli/key-commands.ts';
import { addPinCommands } from '../../src/cli/pin-commands.ts';
import { addRemoteCommands } from '../../src/cli/remote/commands.ts';
import type { Remote } from '../../src/cli/remote/remote.ts';
import { addStoreCommands } from '../../src/cli/store-commands.ts';

const none = () => {
  throw new Error('the help needs no port');
};
const output = { stdout: none, stderr: none, colour: false };

/** Every command that prints help, and its help at a width. */
function helps(columns: number): [name: string, help: string][] {
  const program = new FittingCommand('pinwatch').configureOutput({ getOutHelpWidth: () => columns });
  const remote = { output, clock: () => 0 } as unknown as Remote;
  addCheckCommand(program, output, none, none);
  addPinCommands(program, output, none, none);
  addConfigCommands(program, output, none, none);
  addRemoteCommands(program, remote);
  addKeyCommands(program, output, none, none);
  addHealthCommand(program, output, { load: none, ask: none }, none);
  addStoreCommands(
    program,
    output,
    none,
    { backUp: none, restore: none, inspect: none, confirm: null },
    none,
  );
  addCompletionCommands(program, remote);
  const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
  return program.commands.flatMap(all).map((command) => {
    let help = '';
    command.configureOutput({
      writeOut: (text) => {
        help += text;
      },
    });
    command.outputHelp();
    return [`${command.parent?.name()} ${command.name()}`, help];
  });
}

describe.each([40, 60, 80, 100])('at %d columns', (columns) => {
  test('every help breaks between words only', () => {
    const all = helps(columns);
    expect(all.length).toBeGreaterThan(50);
    for (const [name, help] of all) {
      // A path or name that is longer than the line can't be broken.
      const tooLong = help.split('\n').filter((line) => line.length > columns && /\S\s+\S/.test(line));
      expect(tooLong, name).toEqual([]);
    }
  });
});

test('a command of another one says only once how the API is found, and has one exit status', () => {
  const all = new Map(helps(80));
  for (const name of ['pinwatch probe', 'probe show', 'pinwatch status', 'pinwatch apply']) {
    expect(all.get(name)?.match(/Uses the API/g), name).toHaveLength(1);
    expect(all.get(name)?.match(/Exit status:/g), name).toHaveLength(1);
  }
});

test('every help has an example', () => {
  const without = helps(80).filter(
    ([name, help]) => !name.includes('__') && !/^Examples?:\n {2}\S/m.test(help),
  );
  expect(without.map(([name]) => name)).toEqual([]);
  for (const [name, help] of helps(100)) {
    const [, examples = ''] = /^Examples?:\n((?: {2}.*\n)*)/m.exec(help) ?? [];
    const commands = examples.split('\n').filter((line) => /^ {2}[^ #]/.test(line));
    expect(
      commands.filter((line) => !/(?:^|[\s(])pinwatch\s/.test(line)),
      name,
    ).toEqual([]);
  }
});

test('the width is that of the terminal, 80 in a pipe, and at most 100', () => {
  expect(helpColumns({ isTTY: true, columns: 63 })).toBe(63);
  expect(helpColumns({ isTTY: true, columns: 0 })).toBe(80);
  expect(helpColumns({})).toBe(80);
  expect(helpColumns({ isTTY: true, columns: 240 })).toBe(100);
});

test('an example that is broken can still be copied', () => {
  const text =
    '\nExample:\n  pinwatch pin add acme api.example.com sha256/… --note "the next key"   once it exists\n';
  expect(fitted(text, 40)).toBe(
    [
      '',
      'Example:',
      '  # once it exists',
      '  pinwatch pin add acme \\',
      '    api.example.com sha256/… --note \\',
      '    "the next key"',
      '',
    ].join('\n'),
  );
  expect(
    fitted('One\nparagraph that\nis filled.\n\n  {"json": 1, "is": "broken", "without": "a backslash"}', 30),
  ).toBe(
    [
      'One paragraph that is filled.',
      '',
      '  {"json": 1, "is":',
      '    "broken", "without": "a',
      '    backslash"}',
    ].join('\n'),
  );
});
