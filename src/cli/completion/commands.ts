import { Argument, type Command } from 'commander';
import type { Remote } from '../remote/remote.ts';
import { exitStatus } from '../usage.ts';
import { type Completed, placeAfter } from './place.ts';
import { type Shell, shells, stubs } from './stubs.ts';

/** The shell waits for it each time that the key is pressed. */
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
  eval "$(pinwatch completion bash)"   in ~/.bashrc
  eval "$(pinwatch completion zsh)"    in ~/.zshrc, after compinit
  pinwatch completion fish > ~/.config/fish/completions/pinwatch.fish

Names of accounts, domains, incidents and tokens come from the API, if it answers within a second.`,
    )
    .action((shell: Shell, { json }: { json?: boolean }) => {
      const script = stubs[shell];
      output.stdout(json ? `${JSON.stringify({ shell, script })}\n` : script);
      finish(exitStatus.ok);
    });

  pinwatch
    .command('__complete [words...]', { hidden: true })
    .description('completions of the last word, for the scripts of "completion"')
    .action(async (words: readonly string[]) => {
      const current = words.at(-1) ?? '';
      const answers = await answersTo(placeAfter(pinwatch, words.slice(0, -1), current), remote);
      const fitting = answers.filter((answer) => answer === fileNames || answer.startsWith(current));
      output.stdout(fitting.map((answer) => `${answer}\n`).join(''));
      finish(exitStatus.ok);
    });
}

/** Not a completion: tells the shell to complete file names itself. */
const fileNames = ':file';

async function answersTo({ place, account }: Completed, remote: Remote): Promise<readonly string[]> {
  if (typeof place !== 'string') return place;
  if (place === 'file') return [fileNames];
  // On any error, nothing is completed: an error message in the middle of typing does not help.
  const names = await namesOf(place, account, remote).catch(() => []);
  return names.filter(isPlain);
}

/** Safe for a shell as it is. Names come from a server; others have to be typed by hand. */
function isPlain(name: unknown): name is string {
  return typeof name === 'string' && /^[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,300}$/.test(name);
}

async function namesOf(place: string, account: string, { client }: Remote): Promise<readonly string[]> {
  const timeoutMs = deadlineMs;
  const params = { account };
  switch (place) {
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
    case 'pin set':
      return (await client().call('listPinSets', { params, timeoutMs })).body.pinSets.map(({ name }) => name);
    case 'token':
      return (await client().call('listTokens', { timeoutMs })).body.tokens.map(({ name }) => name);
    default:
      return [];
  }
}
