import type { Command } from 'commander';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { ReadAnchors } from '../config/outside.ts';
import type { LoadPinTexts } from '../config/pin-set-files.ts';
import { formatProblems } from '../config/problem.ts';
import { plural } from '../core/plural.ts';
import { examplesText } from './help.ts';
import type { Output } from './output.ts';
import { UsageError } from './usage.ts';

export interface ValidateOptions {
  /** Left out: `loadConfig` finds it. */
  readonly config?: string | undefined;
  readonly json?: boolean | undefined;
}

export interface ValidatePorts {
  readonly readAnchors: ReadAnchors;
  readonly pinTexts: LoadPinTexts;
}

export function addValidateCommand(
  pinwatch: Command,
  output: Output,
  { readAnchors, pinTexts }: ValidatePorts,
  finish: (status: number) => void,
): void {
  pinwatch
    .command('validate')
    .description('check the configuration as a start would, and report every problem')
    .argument('[file]', 'the same as --config')
    .option('-c, --config <file>', 'configuration file (default: $PINWATCH_CONFIG or config/pinwatch.yaml)')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `${examplesText(['validate /etc/pinwatch.yaml'])}
Exit status: 0 valid, 64 bad usage, or a configuration with problems.`,
    )
    .action(async (file: string | undefined, { config, json }: ValidateOptions) => {
      if (file !== undefined && config !== undefined)
        throw new UsageError('FILE and --config: expected one of them, found both');
      finish(await validate({ config: file ?? config, json }, output, readAnchors, pinTexts));
    });
}

/**
 * `pinwatch validate`: reads the configuration as a start would. Returns the exit status: 0, or 64 for an invalid file.
 */
export async function validate(
  options: ValidateOptions,
  output: Pick<Output, 'stdout' | 'stderr'>,
  readAnchors: ReadAnchors,
  pinTexts: LoadPinTexts,
): Promise<number> {
  const loaded = await loadConfig({ path: options.config, readAnchors, pinTexts });
  const counts = count(loaded);
  if (options.json === true) {
    const report = {
      valid: loaded.ok,
      file: loaded.file,
      problems: loaded.ok ? [] : loaded.problems,
      warnings: loaded.ok ? loaded.warnings : [],
      ...counts,
    };
    output.stdout(`${JSON.stringify(report)}\n`);
  } else if (loaded.ok) {
    const sizes = `${plural(counts.accounts, 'account')}, ${plural(counts.domains, 'domain')}, ${plural(counts.pins, 'pin')}`;
    output.stdout(`${loaded.file} is valid: ${sizes}\n`);
    for (const warning of loaded.warnings) output.stderr(`warning: ${warning}\n`);
  } else {
    output.stderr(`${formatProblems(loaded.file, loaded.problems)}\n`);
  }
  return loaded.ok ? 0 : 64;
}

function count(loaded: LoadedConfig): { accounts: number; domains: number; pins: number } {
  const accounts = loaded.ok ? loaded.config.accounts : [];
  const domains = accounts.flatMap((account) => account.domains);
  return {
    accounts: accounts.length,
    domains: domains.length,
    pins: domains.reduce((sum, domain) => sum + domain.pins.length, 0),
  };
}
