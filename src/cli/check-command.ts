import { type Command, Option } from 'commander';
import { pinFormats } from '../core/pin-format.ts';
import { type CheckOptions, check } from './check.ts';
import { type BatchPorts, checkBatch } from './check-batch.ts';
import { examplesText } from './help.ts';
import type { Output } from './output.ts';
import { addProbingOptions, again, platformOption } from './probing-options.ts';
import { UsageError } from './usage.ts';

interface CheckCommandOptions extends CheckOptions {
  readonly batch?: boolean;
}

const help = `${examplesText([
  'check api.example.com --pin sha256/… --pin sha256/…',
  'check https://api.example.com/v1 --pins-from Info.plist',
  'check api.example.com login.example.com --json | jq .verdict',
  'check --file hosts.txt --quiet || echo "apps would fail"',
])}
HOST is host, host:port or a URL such as https://api.example.com/v1, which means its
host and port. All options apply to each host. FILE has one host a line; empty lines
and lines that begin with # are skipped, and - is standard input.

For several hosts, or --file, an overview is printed, and in full what is not well. With --json
each host is one line: the object that --json prints for one host, without line breaks,
in the order of the hosts.

--pins-from reads a network_security_config.xml, an Info.plist with
NSPinnedDomains or TrustKit, source with OkHttp's CertificatePinner, and more.
A file that the app's own code would refuse is bad usage, and each problem is
reported with its line and column. If a file does not pin HOST, standard error says
so, and the server only has to be trusted.

--batch reads one JSON request per line from standard input, and prints one
answer per line in the same order. Only target is required:
  {"target": "api.example.com", "pins": ["sha256/…"], "connect": ["192.0.2.10"],
   "caFile": "root.pem", "keyTypes": ["ecdsa", "rsa"],
   "alpn": ["h2", "http/1.1"], "timeout": "10s", "platforms": ["android"],
   "pinsFrom": "network_security_config.xml", "format": "nsc", "okhttp": "4.12"}
An answer is {"exit": 0, "check": {…}} with what --json prints, or
{"exit": 64, "error": "…"} for an invalid request. An empty list of platforms
or alpn means none. Empty lines are skipped. Without any request the exit status is 2.

Exit status: 0 apps can connect, 1 apps would fail, 2 could not be determined, 64 bad usage.
Of several hosts or requests, that of the worst answer: 1, then 64, then 2, then 0.`;

/** `pinwatch check`. The ports are created when they are needed. */
export function addCheckCommand(
  pinwatch: Command,
  output: Output,
  ports: () => BatchPorts,
  finish: (status: number) => void,
): void {
  const command = pinwatch
    .command('check')
    .description('probe hosts now and judge them; needs no configuration and no Redis')
    .argument('[hosts...]', 'what apps connect to: host, host:port or URL; port 443 if left out')
    .option('--pin <pin>', 'a pinned key, sha256/…; repeatable', again);
  addProbingOptions(command)
    .addOption(platformOption('platform whose rules count; repeatable (default: all)'))
    .option(
      '--pins-from <file>',
      'judge with the pins of this file of an app, too, by the rules of its format',
    )
    .addOption(
      new Option('--format <format>', 'format of the file (default: told by its content)')
        .choices(pinFormats)
        // Other names are accepted as well, so it is not checked here.
        .argParser((text) => text),
    )
    .option('--okhttp <version>', 'version of OkHttp that the app has')
    .option('--file <file>', 'check the hosts in this file too, one a line; - is standard input')
    .option('--batch', 'answer requests in JSON from standard input, for programs')
    .option('-q, --quiet', 'print nothing: the exit status is the answer')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', help)
    .action(async (hosts: readonly string[], options: CheckCommandOptions) => {
      const { batch, json: _always, ...given } = options;
      if (batch) {
        const [option] = Object.keys(given);
        if (hosts.length > 0 || option !== undefined) {
          throw new UsageError(
            `${option === undefined ? 'HOST' : `--${kebab(option)}`}: expected in a batch request, found with --batch`,
          );
        }
        return finish(await checkBatch(output, ports()));
      }
      if (hosts.length === 0 && options.file === undefined) {
        throw new UsageError(
          'HOST: expected a host such as api.example.com, --file or --batch; found none of them',
        );
      }
      return finish(await check(hosts, options, output, ports()));
    });
}

/** The spelling on the command line: `caFile` is `--ca-file`. */
function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
