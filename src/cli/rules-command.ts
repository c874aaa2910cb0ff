import type { Command } from 'commander';
import type { LoadedConfig } from '../config/load.ts';
import { formatProblems } from '../config/problem.ts';
import { parseRunbookUrl } from '../config/public-url.ts';
import { formatDuration, parseDuration } from '../core/duration.ts';
import { defaultIntervalMs, intervalRange, notifyTable } from '../core/settings.ts';
import type { Output } from './output.ts';
import { exitStatus, orUsageError, UsageError } from './usage.ts';

export interface RulesOptions {
  readonly config?: string;
  readonly interval?: string;
  readonly runbookUrl?: string;
  readonly kubernetes?: boolean;
  readonly json?: boolean;
}

interface RuleSettings {
  readonly intervalMs: number;
  readonly expiringWithinMs: number;
  readonly runbookUrl: string;
}

type RulesForm = 'file' | 'resource';

export interface RulesPorts {
  /** The configuration that an option or the environment names; null if neither does. */
  readonly load: (path: string | undefined) => Promise<LoadedConfig | null>;
  readonly text: (settings: RuleSettings, form: RulesForm) => string;
  readonly content: (settings: RuleSettings, form: RulesForm) => object;
}

/** Of no one: the shipped file has it, and links must be absolute. */
export const exampleRunbookUrl = 'https://wiki.example.com/pinwatch/runbook';

/** `pinwatch rules`: the alert rules for Prometheus. The ports are created when they are needed. */
export function addRulesCommand(
  pinwatch: Command,
  output: Output,
  ports: () => Promise<RulesPorts>,
  finish: (status: number) => void,
): void {
  pinwatch
    .command('rules')
    .description("print the alert rules for Prometheus, for this configuration's interval")
    .option('-c, --config <file>', 'configuration to take the settings from (default: $PINWATCH_CONFIG)')
    .option('--interval <duration>', 'how often every domain is probed (default: 15m)')
    .option('--runbook-url <url>', 'where your copy of docs/runbook.md is; alerts link to its headings')
    .option('--kubernetes', 'print a PrometheusRule for the Prometheus Operator')
    .option('--json', 'print the same as JSON, which Prometheus reads, too')
    .addHelpText(
      'after',
      `
Takes interval, runbookUrl and notify.expiringWithin from the configuration if one is named;
otherwise, and for what it leaves out, the defaults count. An option takes precedence.

Examples:
  pinwatch rules --config pinwatch.yaml > pinwatch.rules.yml
  pinwatch rules --interval 5m --runbook-url https://wiki.example.com/pinwatch/runbook

Exit status: 0 printed, 64 bad usage or configuration.`,
    )
    .action(async (options: RulesOptions) => finish(await rules(options, output, await ports())));
}

async function rules(options: RulesOptions, { stdout, stderr }: Output, ports: RulesPorts): Promise<number> {
  const settings = await settingsOf(options, ports);
  const form: RulesForm = options.kubernetes ? 'resource' : 'file';
  if (settings.runbookUrl === exampleRunbookUrl && options.runbookUrl === undefined) {
    stderr(
      'warning: alerts link to an example: set runbookUrl, or --runbook-url, to your copy of the runbook\n',
    );
  }
  stdout(
    options.json ? `${JSON.stringify(ports.content(settings, form), null, 2)}\n` : ports.text(settings, form),
  );
  return exitStatus.ok;
}

async function settingsOf(options: RulesOptions, { load }: RulesPorts): Promise<RuleSettings> {
  const intervalMs = options.interval === undefined ? undefined : readInterval(options.interval);
  const url = options.runbookUrl;
  const runbookUrl = url === undefined ? undefined : orUsageError('--runbook-url', parseRunbookUrl(url));
  const loaded = await load(options.config);
  if (loaded?.ok === false) throw new UsageError(formatProblems(loaded.file, loaded.problems));
  const config = loaded?.config;
  return {
    intervalMs: intervalMs ?? config?.intervalMs ?? defaultIntervalMs,
    expiringWithinMs: config?.notify.expiringWithinMs ?? notifyTable.expiringWithinMs.standard,
    runbookUrl: runbookUrl ?? config?.runbookUrl ?? exampleRunbookUrl,
  };
}

function readInterval(text: string): number {
  const intervalMs = orUsageError('--interval', parseDuration(text));
  const [least, most] = intervalRange;
  if (intervalMs >= least && intervalMs <= most) return intervalMs;
  const range = `${formatDuration(least)} to ${formatDuration(most)}`;
  throw new UsageError(
    `--interval: expected a duration from ${range}, found "${formatDuration(intervalMs)}"`,
  );
}
