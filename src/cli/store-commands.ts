import type { Command } from 'commander';
import { plural } from '../core/plural.ts';
import { examplesText } from './help.ts';
import type { Output } from './output.ts';
import { addBackupCommands, type StoreBackups } from './store-backup.ts';
import { exitStatus } from './usage.ts';

export interface AdoptedStore {
  /** A process expected another store, and uses this one from now on. */
  readonly adopted: boolean;
  /** What the store holds. */
  readonly accounts: number;
  readonly domains: number;
  readonly hasTokens: boolean;
}

interface AdoptOptions {
  readonly config?: string;
  readonly json?: boolean;
}

const example = examplesText(['store adopt --config /etc/pinwatch.yaml']);

/** `pinwatch store …`. `adopt` rejects with Failure if the store can't be used. */
export function addStoreCommands(
  pinwatch: Command,
  output: Output,
  adopt: (config: string | undefined) => Promise<AdoptedStore>,
  backups: StoreBackups,
  finish: (status: number) => void,
): void {
  const { stdout } = output;
  const store = pinwatch
    .command('store')
    .description('the Redis that holds state, registry and tokens')
    .addHelpText('after', example);
  store
    .command('adopt')
    .description('accept the store as it is now, and open the API again')
    .option('-c, --config <file>', 'configuration file (default: $PINWATCH_CONFIG or config/pinwatch.yaml)')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `${example}
The API stays closed if the store has lost its data, is an older copy of Redis' files,
or is not the one last seen, because its tokens may be missing or outdated. Bring
back the right store if you can. To go on with this one, run this command on the
machine that runs pinwatch, once for all processes that share the store. If it has
no token, everyone on that machine is an admin.

Exit status: 0 adopted, or nothing to adopt, 2 the store cannot be used, 64 bad usage
or configuration.`,
    )
    .action(async ({ config, json }: AdoptOptions) => {
      const result = await adopt(config);
      stdout(json ? `${JSON.stringify(result)}\n` : textOf(result));
      finish(exitStatus.ok);
    });
  addBackupCommands(store, output, backups, finish);
}

function textOf({ adopted, accounts, domains, hasTokens }: AdoptedStore): string {
  const holds = `It holds ${plural(accounts, 'account')} and ${plural(domains, 'domain')}, and ${hasTokens ? 'has tokens' : 'has no tokens'}.`;
  if (!adopted) return `Nothing to adopt: this is the expected store. ${holds}\n`;
  const next = hasTokens
    ? 'Check its tokens (pinwatch token list): a revoked one may be valid again.'
    : 'Create a token now (pinwatch token create NAME --role admin): until then, everyone on this machine is an admin.';
  return `Adopted: the API opens within seconds. ${holds}\n${next}\n`;
}
