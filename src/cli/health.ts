import type { Command } from 'commander';
import type { LoadedListener } from '../config/load.ts';
import { formatProblems } from '../config/problem.ts';
import { parseDuration } from '../core/duration.ts';
import { onOneLine, quote } from '../core/quote.ts';
import { examplesText } from './help.ts';
import type { Output } from './output.ts';
import { exitStatus, orUsageError, UsageError } from './usage.ts';

export interface HealthOptions {
  readonly config?: string;
  readonly timeout?: string;
  readonly json?: boolean;
}

export interface HealthPorts {
  /** Where a process with this configuration listens. */
  readonly load: (path: string | undefined) => LoadedListener;
  /** Never rejects, and answers within `timeoutMs`; `reason` is null if the listener is healthy. */
  readonly ask: (
    listener: { readonly host: string; readonly port: number; readonly isTls: boolean },
    timeoutMs: number,
  ) => Promise<{ readonly url: string; readonly status: number | null; readonly reason: string | null }>;
}

/** Together with the start of this process, below the 5 s of the image's health check. */
const defaultTimeout = '3s';
const longestTimeoutMs = 60_000;

export function addHealthCommand(
  pinwatch: Command,
  output: Output,
  ports: HealthPorts,
  finish: (status: number) => void,
): void {
  pinwatch
    .command('health')
    .description('ask the listener of this configuration whether it is healthy; for container health checks')
    .option('-c, --config <file>', 'configuration file (default: $PINWATCH_CONFIG or config/pinwatch.yaml)')
    .option('--timeout <duration>', `how long to wait for the answer (default: ${defaultTimeout})`)
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `${examplesText(['health', 'health --config /etc/pinwatch.yaml --timeout 5s'])}
Asks /healthz of the process that runs with this configuration, whatever its role: at http.listen,
over https if http.tls is set. No other part of the configuration is read.

Exit status: 0 healthy, 1 failing or no answer, 64 bad usage or configuration.`,
    )
    .action(async (options: HealthOptions) => finish(await health(options, output, ports)));
}

async function health(
  options: HealthOptions,
  { stdout, stderr }: Output,
  ports: HealthPorts,
): Promise<number> {
  const timeoutMs = readTimeout(options.timeout ?? defaultTimeout);
  const loaded = ports.load(options.config);
  if (!loaded.ok) throw new UsageError(formatProblems(loaded.file, loaded.problems));
  const { url, status, reason } = await ports.ask(loaded.listener, timeoutMs);
  const isWell = reason === null;
  if (options.json) stdout(`${JSON.stringify({ healthy: isWell, url, status, reason })}\n`);
  else if (isWell) stdout(`${url} is healthy\n`);
  // Docker keeps both output streams of a health check.
  else stderr(`${url} is not healthy: ${onOneLine(reason)}\n`);
  return isWell ? exitStatus.ok : exitStatus.unwell;
}

function readTimeout(text: string): number {
  const timeoutMs = orUsageError('--timeout', parseDuration(text));
  if (timeoutMs >= 1 && timeoutMs <= longestTimeoutMs) return timeoutMs;
  throw new UsageError(`--timeout: expected 1ms to 1m, found ${quote(text)}`);
}
