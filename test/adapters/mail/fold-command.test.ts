import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { shellWord } from '../../../src/adapters/mail/commands.ts';
import { foldCommand } from '../../../src/adapters/mail/fold-command.ts';

/** The arguments as a real shell hands them on. */
function argumentsOf(command: string): string[] {
  const script = `show() { printf '%s\\n' "$@"; }; ${command}`;
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\n').slice(0, -1);
}

const pin = `sha256/${'A'.repeat(43)}=`;

test('a short command stays as it is', () => {
  expect(foldCommand('pinwatch config diff acme', 71)).toEqual(['pinwatch config diff acme']);
});

test.each([
  `show pin add acme ${'a'.repeat(60)}.example.com ${pin} --note 'the new  key, from the CA'`,
  `show -connect api.example.com:443 -servername api.example.com -showcerts --note "in  quotes" x\\ y`,
  `show ${shellWord("it's $(hostile) `names` with  spaces that are quite long")} ${pin} ${pin} end`,
])('a shell reads the same from the folded lines: %s', (command) => {
  const lines = foldCommand(command, 71);
  expect(lines.length).toBeGreaterThan(1);
  expect(argumentsOf(lines.join('\n'))).toEqual(argumentsOf(command));
  for (const line of lines.slice(0, -1)) expect(line).toMatch(/ \\$/);
  for (const line of lines)
    if (line.trim().split(' ').length > 2) expect(line.length).toBeLessThanOrEqual(71);
});

test('an option keeps its value, and a line that is continued its backslash', () => {
  const long = `pinwatch check ${'a'.repeat(40)}.example.com --connect 2001:db8::11 \\`;
  expect(foldCommand(long, 71)).toEqual([
    `pinwatch check ${'a'.repeat(40)}.example.com \\`,
    '  --connect 2001:db8::11 \\',
  ]);
});
