import type { Command } from 'commander';
import { type CheckOptions, check } from './check.ts';
import { type BatchPorts, checkBatch } from './check-batch.ts';
import type { Output } from './output.ts';
import { addProbingOptions, again, platformOption } from './probing-options.ts';
import { UsageError } from './usage.ts';

interface CheckCommandOptions extends CheckOptions {
  readonly batch?: boolean;
}

const help = `
Exit status: 0 apps can connect, 1 apps would fail, 2 could not be determined,
64 bad usage.

--batch reads one request a line from standard input, as JSON, and prints one
answer a line in the same order. All but target may be left out:
  {"target": "api.example.com", "pins": ["sha256/…"], "connect": ["192.0.2.10"],
   "caFile": "root.pem", "keyTypes": ["ecdsa", "rsa"], "alpn": ["h2", "http/1.1"],
   "timeout": "10s", "platforms": ["android", "ios"]}
An answer is {"exit": 0, "check": {…}} with what --json prints, or
{"exit": 64, "error": "…"} for a request that is wrong. An empty list of
platforms or of alpn is none of them. Empty lines are skipped. The exit status
of the whole is the gravest answer's: 1, else 64, else 2, else 0; without any
request it is 2.`;

/** `pinwatch check`. The ports are made when they are needed. */
export function addCheckCommand(
  pinwatch: Command,
  output: Output,
  ports: () => BatchPorts,
  finish: (status: number) => void,
): void {
  const command = pinwatch
    .command('check')
    .description('probe one host now and judge it; needs no configuration and no Redis')
    .argument('[host[:port]]', 'what apps connect to; port 443 if left out')
    .option('--pin <pin>', 'a pinned key, sha256/…; may be given several times', again);
  addProbingOptions(command)
    .addOption(platformOption('whose rules count; several times (default: all)'))
    .option('--batch', 'check many hosts, as standard input says')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', help)
    .action(async (host: string | undefined, options: CheckCommandOptions) => {
      const { batch, json: _always, ...given } = options;
      if (batch) {
        const [option] = Object.keys(given);
        if (host !== undefined || option !== undefined) {
          throw new UsageError(
            `${option === undefined ? 'HOST' : `--${kebab(option)}`}: expected in a request of the batch, found beside --batch`,
          );
        }
        return finish(await checkBatch(output, ports()));
      }
      if (host === undefined) {
        throw new UsageError('HOST: expected a host such as api.example.com, or --batch; found neither');
      }
      return finish(await check(host, options, output, ports()));
    });
}

/** As the option is written: `caFile` is `--ca-file`. */
function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
