import { Argument, type Command } from 'commander';
import type { Remote } from '../remote/remote.ts';
import { exitStatus } from '../usage.ts';
import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import { specsOf } from './spec.ts';
import { zshScript } from './zsh.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
const shells = Object.keys(scripts) as (keyof typeof scripts)[];

/** A shell waits for it at each press of the key. */
const deadlineMs = 1_000;

export function addCompletionCommands(pinwatch: Command, remote: Remote): void {
  const { output, finish } = remote;
  pinwatch
    .command('completion')
    .description('print a script that completes commands, options, accounts and domains')
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .option('--json', 'print the script as JSON')
    .addHelpText(
      'after',
      `
Examples:
  eval "$(pinwatch completion bash)"                 in ~/.bashrc
  eval "$(pinwatch completion zsh)"                  in ~/.zshrc, after compinit
  pinwatch completion fish > ~/.config/fish/completions/pinwatch.fish

Names of accounts, domains, incidents and tokens are asked of the API, for a second at most.`,
    )
    .action((shell: keyof typeof scripts, { json }: { json?: boolean }) => {
      const script = scripts[shell](specsOf(pinwatch));
      output.stdout(json ? `${JSON.stringify({ shell, script })}\n` : script);
      finish(exitStatus.ok);
    });

  pinwatch
    .command('__complete <kind> [account]', { hidden: true })
    .description('names for the scripts of "completion"')
    .action(async (kind: string, account: string | undefined) => {
      // Whatever goes wrong, nothing is completed: an error in the middle of typing helps nobody.
      const names = await namesOf(kind, account ?? '', remote).catch(() => []);
      output.stdout(
        names
          .filter(isPlain)
          .map((name) => `${name}\n`)
          .join(''),
      );
      finish(exitStatus.ok);
    });
}

/** What a shell can take as it is. Names come from a server; others than these are typed by hand. */
function isPlain(name: unknown): name is string {
  return typeof name === 'string' && /^[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,300}$/.test(name);
}

async function namesOf(kind: string, account: string, { client }: Remote): Promise<readonly string[]> {
  const timeoutMs = deadlineMs;
  const params = { account };
  switch (kind) {
    case 'account':
      return (await client().call('listAccounts', { timeoutMs })).body.accounts;
    case 'domain': {
      const request = { params, query: { limit: 1_000 }, timeoutMs };
      return (await client().call('listDomains', request)).body.domains.map(({ name }) => name);
    }
    case 'incident': {
      const { incidents } = (await client().call('listIncidents', { params, timeoutMs })).body;
      return incidents.map(({ incident }) => incident);
    }
    case 'token':
      return (await client().call('listTokens', { timeoutMs })).body.tokens.map(({ name }) => name);
    default:
      return [];
  }
}
