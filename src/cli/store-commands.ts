import type { Command } from 'commander';
import { plural } from '../core/plural.ts';
import type { Output } from './output.ts';
import { exitStatus } from './usage.ts';

export interface AdoptedStore {
  /** Somebody missed another store, and takes this one from now on. */
  readonly adopted: boolean;
  /** What it holds. */
  readonly accounts: number;
  readonly domains: number;
  readonly hasTokens: boolean;
}

interface AdoptOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** `pinwatch store …`. `adopt` rejects with Failure where the store can't be used. */
export function addStoreCommands(
  pinwatch: Command,
  { stdout }: Output,
  adopt: (config: string | undefined) => Promise<AdoptedStore>,
  finish: (status: number) => void,
): void {
  const store = pinwatch.command('store').description('the Redis that holds state, registry and tokens');
  store
    .command('adopt')
    .description('take the store as it is now for the one to be used, and open the API again')
    .option('-c, --config <file>', 'configuration file (default: $PINWATCH_CONFIG or config/pinwatch.yaml)')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
A store that lost its data, an older one from a backup, or another than last seen
keeps the API closed, for the tokens that say who may do what may be lost or be
older ones. Bring the right store back if you can. If this is the one to go on
with, say so here, on the machine that runs pinwatch: once for all processes that
share it. Without any token in it, whoever is on the machine is an admin.

Exit status: 0 adopted, or nothing to adopt, 2 the store can't be used, 64 bad usage
or configuration.`,
    )
    .action(async ({ config, json }: AdoptOptions) => {
      const result = await adopt(config);
      stdout(json ? `${JSON.stringify(result)}\n` : textOf(result));
      finish(exitStatus.ok);
    });
}

function textOf({ adopted, accounts, domains, hasTokens }: AdoptedStore): string {
  const holds = `It holds ${plural(accounts, 'account')} and ${plural(domains, 'domain')}, and ${hasTokens ? 'has tokens' : 'no token'}.`;
  if (!adopted) return `Nothing to adopt: nobody misses another store. ${holds}\n`;
  const next = hasTokens
    ? 'Look at its tokens (pinwatch token list): one that was revoked may be valid again.'
    : 'Make a token now (pinwatch token create NAME --role admin): until then whoever is on the machine is an admin.';
  return `Adopted: the API opens within seconds. ${holds}\n${next}\n`;
}
