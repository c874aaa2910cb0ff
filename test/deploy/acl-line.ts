import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export function deployText(): Promise<string> {
  return readFile(join(import.meta.dirname, '..', '..', 'docs', 'deploy.md'), 'utf8');
}

/** The words after ACL SETUSER of the command in docs/deploy.md that contains `marker`, as a shell would pass them. */
export async function aclLine(marker: string, password: string): Promise<string[]> {
  const commands = [...(await deployText()).matchAll(/^redis-cli (?:.*\\\n)*.*$/gm)].map(
    ([command]) => command,
  );
  const command = commands.find((command) => command.includes(marker));
  if (command === undefined) throw new Error(`docs/deploy.md has no command with "${marker}"`);
  const words = command.replaceAll('\\\n', ' ').split(/\s+/);
  const passed = words.map((word) => word.replace(/^'(.*)'$/, '$1'));
  return passed
    .slice(passed.indexOf('SETUSER') + 1)
    .map((word) => (word === '>PASSWORD' ? `>${password}` : word));
}
