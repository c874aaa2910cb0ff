/** What the commands that use the API have in common. */
import { domainToASCII } from 'node:url';
import type { Command } from 'commander';
import type { LoadedAccounts, Surroundings } from '../../config/load.ts';
import { nearest } from '../../config/nearest.ts';
import type { ApiAccess } from '../../config/profile.ts';
import { parseAccountName } from '../../core/account-name.ts';
import { domainName } from '../../core/domain.ts';
import type { Parsed } from '../../core/parsed.ts';
import { parseTarget } from '../../core/target.ts';
import type { AnswerOf, QueryOf } from '../../wire/exchange.ts';
import { examplesText } from '../help.ts';
import type { Output } from '../output.ts';
import type { CheckPorts } from '../probing-options.ts';
import type { SignedPorts } from '../signed/ports.ts';
import { exitStatus, orUsageError } from '../usage.ts';
import type { Client } from './client.ts';
import { Failure } from './failure.ts';
import type { OpenLocalTokens } from './local-token.ts';
import { printable, printableJson } from './printable.ts';
import type { ServerKeyPorts } from './server-keys.ts';

export { ago } from '../../core/ago.ts';

export interface Remote {
  readonly output: Output;
  /** Asks a person on the terminal; null if there is none. */
  readonly confirm: ((question: string) => Promise<boolean>) | null;
  /** Throws UsageError if the URL, token or profile is invalid. */
  readonly client: () => Client;
  readonly clientOf: (access: ApiAccess) => Client;
  /** What the environment says of the API and its profile. */
  readonly around: Pick<Surroundings, 'url' | 'token' | 'profile'>;
  /** Probes from here. */
  readonly probe: () => CheckPorts;
  readonly localTokens: OpenLocalTokens;
  /** Reads keys, bundles and secrets. */
  readonly signing: () => Pick<
    SignedPorts,
    | 'readFile'
    | 'readPublicKey'
    | 'isEncrypted'
    | 'subtle'
    | 'installFile'
    | 'readHidden'
    | 'readStandardInput'
  >;
  readonly serverKeys: () => ServerKeyPorts;
  /** Reads a file of accounts; with a name, only the account of that name. */
  readonly accounts: (file: string, account: string | undefined) => Promise<LoadedAccounts>;
  /** A file's bytes as they come, or with `-` those of standard input. Rejects if it can't be read. */
  readonly readChunks: (file: string) => AsyncIterable<Uint8Array>;
  /** The text of a file that an app ships, or with `-` standard input. */
  readonly readPinText: (file: string) => Promise<Parsed<string>>;
  readonly clock: () => number;
  readonly finish: (status: number) => void;
}

export interface CommonOptions {
  readonly json?: boolean;
}

const remoteHelp = `
Uses the API at $PINWATCH_URL with $PINWATCH_TOKEN. If they are not set, uses url
and token from ~/.config/pinwatch/profile.yaml or $PINWATCH_PROFILE (mode 0600),
else http://127.0.0.1:9464 without a token.
`;

const usualStatuses =
  '0 done, 1 refused because apps would fail, 2 not done for another reason, 64 bad usage.';

/** A group such as `pinwatch account`, which may already exist. */
export function group(
  pinwatch: Command,
  name: string,
  description: string,
  examples: readonly string[],
): Command {
  const found = pinwatch.commands.find((command) => command.name() === name);
  return (found ?? pinwatch.command(name))
    .description(description)
    .addHelpText('after', `${examplesText(examples)}${remoteHelp}${statusText(usualStatuses)}`);
}

/**
 * A command with the common parts: `--json`, examples, how the API is found, and what the exit status means. Text that
 * is added stands between the examples and the rest.
 */
export function remoteCommand(
  parent: Command,
  usage: string,
  description: string,
  examples: readonly string[],
  statuses: string = usualStatuses,
): Command {
  const command = parent
    .command(usage)
    .description(description)
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', examplesText(examples));
  // After what is added later; a command below this one has its own.
  return command.addHelpText('afterAll', ({ command: shown }) =>
    shown === command ? `${remoteHelp}${statusText(statuses)}` : '',
  );
}

function statusText(statuses: string): string {
  return `\nExit status: ${statuses}`;
}

export interface Names {
  readonly account?: string;
  readonly domain?: string;
}

/** Does a command's work, and prints what went wrong. */
export async function carryOut(
  { client, output, finish }: Remote,
  names: Names,
  work: (client: Client) => Promise<number>,
): Promise<void> {
  const api = client();
  try {
    finish(await work(api));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const meant = error.code === 'not_found' ? await didYouMean(api, names).catch(() => null) : null;
    output.stderr(`${error.message}${meant === null ? '' : `\nDid you mean ${printable(meant)}?`}\n`);
    finish(error.exitStatus);
  }
}

/** The account or domain that a mistyped name most likely meant. */
async function didYouMean(client: Client, { account, domain }: Names): Promise<string | null> {
  if (account === undefined) return null;
  const names = await accountNames(client);
  if (!names.includes(account)) return nearest(account, names);
  if (domain === undefined) return null;
  const known = (await domainsOf(client, account)).map(({ name }) => name);
  return known.includes(domain) ? null : nearest(domain, known);
}

export async function accountNames(client: Client): Promise<readonly string[]> {
  return (await client.call('listAccounts', {})).body.accounts;
}

type DomainSummary = AnswerOf<'listDomains'>['domains'][number];

/** All domains of an account, page by page. */
export async function domainsOf(
  client: Client,
  account: string,
  query: Pick<QueryOf<'listDomains'>, 'verdict'> = {},
): Promise<DomainSummary[]> {
  const domains: DomainSummary[] = [];
  let after: string | undefined;
  for (;;) {
    const page = { ...query, limit: 1_000, ...(after === undefined ? {} : { after }) };
    const { body } = await client.call('listDomains', { params: { account }, query: page });
    domains.push(...body.domains);
    // A name that does not advance would loop forever.
    if (body.next === null || (after !== undefined && body.next <= after)) return domains;
    after = body.next;
  }
}

/** Prints an answer: as JSON for programs, as text for people. */
export function present<T>(
  { output }: Remote,
  { json }: CommonOptions,
  answer: T,
  text: (answer: T) => string,
): number {
  output.stdout(json ? `${printableJson(answer)}\n` : text(printable(answer)));
  return exitStatus.ok;
}

/** For an answer without a body: one line, or with `--json` the same as JSON. */
export function done(
  remote: Remote,
  options: CommonOptions,
  answer: { readonly [key: string]: unknown },
  line: string,
) {
  return present(remote, options, answer, () => `${printable(line)}\n`);
}

export function readAccount(text: string): string {
  return orUsageError('ACCOUNT', parseAccountName(text));
}

/** The domain's name, however it was written: `API.example.com:443` is `api.example.com`. */
export function readDomain(text: string): string {
  return domainName(orUsageError('DOMAIN', parseTarget(text, domainToASCII)));
}

/** Before a change that cannot be undone: asks on a terminal, and requires `--yes` elsewhere. */
export async function confirmed(
  { confirm, output }: Pick<Remote, 'confirm' | 'output'>,
  { yes }: { readonly yes?: boolean },
  question: string,
): Promise<boolean> {
  if (yes) return true;
  if (confirm === null) {
    throw new Failure(
      `${question} Nothing was done: there is no terminal to ask on, so --yes is required.`,
      exitStatus.usage,
    );
  }
  if (await confirm(question)) return true;
  output.stderr('Nothing was done.\n');
  return false;
}
