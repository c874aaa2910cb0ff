/** Whose token the commands use, and how a machine gets one. */
import type { Command } from 'commander';
import { checkUrl, defaultUrl, profileText } from '../../config/profile.ts';
import type { AnswerOf } from '../../wire/exchange.ts';
import { exitStatus, orUsageError, UsageError } from '../usage.ts';
import { Failure } from './failure.ts';
import { printable, printableJson } from './printable.ts';
import { type CommonOptions, carryOut, present, type Remote, remoteCommand } from './remote.ts';

interface LoginOptions extends CommonOptions {
  readonly tokenStdin?: boolean;
}

export function addLoginCommands(pinwatch: Command, remote: Remote): void {
  remoteCommand(pinwatch, 'login [url]', 'store the URL of the API and a token, after trying both', [
    'login https://pinwatch.example.com',
    'login https://pinwatch.example.com --token-stdin < token.txt',
  ])
    .option('--token-stdin', 'read the token from standard input')
    .addHelpText(
      'after',
      `
Asks for the token without showing it, and writes the profile with mode 0600,
in place of the one before. Nothing is written unless the API takes the token.`,
    )
    .action((url: string | undefined, options: LoginOptions) => logIn(remote, url, options));

  remoteCommand(pinwatch, 'whoami', 'whose token is used, at which URL, and what it may see', [
    'whoami',
  ]).action((options: CommonOptions) =>
    carryOut(remote, {}, async (client) => {
      const { body } = await client.call('showMe', {});
      return present(
        remote,
        options,
        { ...body, url: client.url },
        (me) => `${described(me)} at ${me.url}\n`,
      );
    }),
  );
}

async function logIn(remote: Remote, text: string | undefined, options: LoginOptions): Promise<void> {
  const { around, output, finish } = remote;
  const given = text ?? around.url ?? defaultUrl;
  const url = checkUrl(given);
  if (url === null) {
    throw new UsageError(
      `URL: expected the URL of the API, such as ${defaultUrl}, without user, password, query and fragment`,
    );
  }
  const token = await tokenFor(url, options, remote);
  const tokenFrom = options.tokenStdin ? 'standard input' : 'the terminal';
  const client = remote.clientOf({ url, token, urlFrom: 'the command line', tokenFrom });
  try {
    const { body } = await client.call('showMe', {});
    const written = remote.signing().installFile(around.profile, profileText(url, token), true);
    if (!written.ok) throw new Failure(`The profile could not be written: ${written.problem}`);
    if (options.json) output.stdout(`${printableJson({ ...body, url, profile: around.profile })}\n`);
    else output.stdout(`${described(printable(body))} at ${url}, in ${printable(around.profile)}\n`);
    for (const line of warnings(url, around)) output.stderr(`${line}\n`);
    finish(exitStatus.ok);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    output.stderr(`${error.message}\nNothing was written.\n`);
    finish(error.exitStatus);
  }
}

async function tokenFor(url: string, { tokenStdin }: LoginOptions, remote: Remote): Promise<string> {
  const { readHidden, readStandardInput } = remote.signing();
  const read = tokenStdin
    ? new TextDecoder().decode(orUsageError('--token-stdin', await readStandardInput()))
    : await readHidden(`Token for ${url}: `);
  if (read === null) {
    throw new UsageError(
      'token: expected one, found no terminal; --token-stdin reads it from standard input',
    );
  }
  const token = read.trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new UsageError(
    'token: expected printable ASCII characters without spaces (not shown, it is a secret)',
  );
}

function warnings(url: string, around: Remote['around']): string[] {
  const { protocol, hostname } = new URL(url);
  const isHere = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  const overriding = [
    ...(around.url === undefined || checkUrl(around.url) === url ? [] : ['PINWATCH_URL']),
    ...(around.token === undefined ? [] : ['PINWATCH_TOKEN']),
  ];
  return [
    ...(protocol === 'http:' && !isHere
      ? ['The token is sent without encryption: anyone on the way can read it. Use an https URL.']
      : []),
    ...(overriding.length > 0
      ? [`While ${overriding.join(' and ')} is set, it takes precedence over the profile.`]
      : []),
  ];
}

function described({ name, role, account }: AnswerOf<'showMe'>): string {
  return `${name}, ${role}${account === null ? '' : ` of ${account}`}`;
}
