import { type Command, Option } from 'commander';
import { nearest } from '../../config/nearest.ts';
import { type Role, roles } from '../../core/access.ts';
import { parseDuration } from '../../core/duration.ts';
import type { AnswerOf, BodyOf } from '../../wire/exchange.ts';
import { row } from '../layout.ts';
import { table } from '../table.ts';
import { orUsageError } from '../usage.ts';
import { chosenId } from './chosen-id.ts';
import type { Client } from './client.ts';
import { Failure } from './failure.ts';
import { type MadeToken, makeFirstLocally, makeLocally } from './local-token.ts';
import { printable, printableJson } from './printable.ts';
import {
  ago,
  type CommonOptions,
  carryOut,
  done,
  group,
  present,
  type Remote,
  readAccount,
  remoteCommand,
} from './remote.ts';

type Token = AnswerOf<'listTokens'>['tokens'][number];

interface CreateOptions extends CommonOptions {
  readonly role: Role;
  readonly account?: string;
  readonly expiresIn?: string;
  readonly local?: boolean;
  readonly config?: string;
}

export function addTokenCommands(pinwatch: Command, remote: Remote): void {
  const tokens = group(pinwatch, 'token', 'tokens for the API and the metrics (admins only)', [
    'token create alice --role admin',
  ]);
  const { output, clock } = remote;

  remoteCommand(tokens, 'list', 'all tokens, without their secrets', ['token list']).action(
    (options: CommonOptions) =>
      carryOut(remote, {}, async (client) =>
        present(remote, options, { tokens: await listed(client) }, (answer) =>
          listText(answer.tokens, clock(), output.colour),
        ),
      ),
  );

  remoteCommand(tokens, 'create <name>', 'create a token and print it, only this once', [
    'token create alice --role admin',
    'token create acme-ci --role account-editor --account acme --expires-in 90d',
    'token create rescue --role admin --local --config /etc/pinwatch.yaml',
  ])
    .addOption(new Option('--role <role>', 'what it may do').choices(roles).makeOptionMandatory())
    .option('--account <account>', 'the only account that it may see')
    .option('--expires-in <duration>', 'such as 90d (default: valid until it is revoked)')
    .option('--local', "write it directly to the configuration's Redis, on the machine that runs pinwatch")
    .option('-c, --config <file>', 'configuration file (default: $PINWATCH_CONFIG or config/pinwatch.yaml)')
    .addHelpText(
      'after',
      `
The first token must be an admin's. While there is no token, the API answers on
loopback without one, so "token create" works on the machine that runs pinwatch.
If the API cannot be used, the first token is written directly to the Redis in
the configuration; --local does that even if there are other tokens. Standard
output has only the token.`,
    )
    .action(async (name: string, options: CreateOptions) => {
      const account = options.account === undefined ? null : readAccount(options.account);
      const { role, expiresIn } = options;
      const expiresInMs =
        expiresIn === undefined ? null : orUsageError('--expires-in', parseDuration(expiresIn));
      const request = { name, role, account, expiresInMs };
      await carryOut(remote, {}, async (client) => {
        // Asked before it is made; a caller who may not list tokens has one.
        const isFirst =
          !options.local &&
          remote.around.token === undefined &&
          (await listed(client).catch(() => null))?.length === 0;
        const made = options.local
          ? await makeLocally(remote.localTokens, options.config, request)
          : await byApi(client, { name, role, account, expiresIn: expiresIn ?? null }).catch(
              (error: unknown) => first(remote, error, options.config, request),
            );
        if (isFirst) remote.output.stderr(firstCloses);
        return show(remote, options, made);
      });
    });

  remoteCommand(tokens, 'revoke <id-or-name>', 'revoke a token, at once and in every process', [
    'token revoke alice',
    'token revoke 5f0c',
  ]).action((idOrName: string, options: CommonOptions) =>
    carryOut(remote, {}, async (client) => {
      const { id, name } = chosen(await listed(client), idOrName);
      await client.call('revokeToken', { params: { token: id } });
      return done(remote, options, { revoked: id }, `${name} (${id}) is revoked`);
    }),
  );
}

async function listed(client: Client): Promise<readonly Token[]> {
  return (await client.call('listTokens', {})).body.tokens;
}

async function byApi(client: Client, body: BodyOf<'createToken'>): Promise<MadeToken> {
  return (await client.call('createToken', { body })).body;
}

const firstCloses = `${row(
  'note',
  'This is the first token. From now on the API needs one, also on loopback, and so does /metrics unless http.metrics is open: without one they answer 401. For Prometheus: pinwatch token create prometheus --role metrics',
).join('\n')}\n`;

/** The API can't be reached, or refuses requests from here: the very first token may be created without it. */
async function first(
  { localTokens, output }: Remote,
  error: unknown,
  config: string | undefined,
  request: Parameters<typeof makeFirstLocally>[2],
): Promise<MadeToken> {
  if (!(error instanceof Failure) || !['unreachable', 'loopback_only'].includes(error.code)) throw error;
  const made = await makeFirstLocally(localTokens, config, request);
  if (made === null) {
    const hint = "On the machine that runs pinwatch, --local writes to the configuration's Redis instead.";
    throw new Failure(`${error.message}\n${hint}`, error.exitStatus, error.code);
  }
  output.stderr('The API cannot be used: as the first token, it was written directly to Redis.\n');
  output.stderr(firstCloses);
  return made;
}

function show({ output }: Remote, { json }: CommonOptions, made: MadeToken): number {
  if (json) {
    output.stdout(`${printableJson(made)}\n`);
    return 0;
  }
  const { name, id, role, account, expiresAt, token } = printable(made);
  const what = `${name} (${id}), ${role}${account === null ? '' : ` of ${account}`}`;
  const until = expiresAt === null ? 'until it is revoked' : `until ${expiresAt}`;
  output.stderr(`${row('token', `${what}, ${until}. Keep it: it is shown only once.`).join('\n')}\n`);
  output.stdout(`${token}\n`);
  return 0;
}

/** A revocation can't be undone: a mistyped name of fewer characters must not be taken for the start of an id. */
const leastIdStart = 4;

/** By its id, its name, or the start of its id. */
function chosen(tokens: readonly Token[], text: string): Token {
  const byId = tokens.find(({ id }) => id === text);
  const named = tokens.filter(({ name }) => name === text);
  const found = byId ?? (named.length === 1 ? named[0] : undefined);
  if (found) return found;
  const shown = printable(text);
  if (named.length > 1) {
    const ids = named.map(({ id }) => printable(id)).join(', ');
    throw new Failure(`several tokens are named "${shown}": revoke one by its id, ${ids}`);
  }
  const candidates = tokens.map((token) => ({ ...token, about: token.name }));
  if (text.length >= leastIdStart && candidates.some(({ id }) => id.startsWith(text)))
    return chosenId('token', candidates, text);
  const meant = nearest(
    text,
    tokens.map(({ name }) => name),
  );
  throw new Failure(
    `Not found: no token "${shown}"${meant === null ? '' : `\nDid you mean ${printable(meant)}?`}`,
  );
}

function listText(tokens: readonly Token[], now: number, colour: boolean): string {
  if (tokens.length === 0) return 'no tokens: the API answers on loopback only\n';
  const rows = tokens.map(({ id, name, role, account, expiresAt, lastUsedAt }) => [
    name,
    id,
    role,
    account ?? '',
    ago(lastUsedAt, now),
    expiresAt === null ? '' : ago(expiresAt, now),
  ]);
  return table(['name', 'id', 'role', 'account', 'used', 'expires'], rows, colour);
}
