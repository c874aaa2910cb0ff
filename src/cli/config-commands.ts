import type { Command } from 'commander';
import { examplesText } from './help.ts';
import type { Output } from './output.ts';
import { type FloorOptions, floorOf } from './signed/floor.ts';
import { append } from './signed/key-arguments.ts';
import type { SignedPorts } from './signed/ports.ts';
import { type SignOptions, signConfiguration } from './signed/sign.ts';
import { type VerifyOptions, verifyFile } from './signed/verify.ts';

const root = ['--root <key>', 'a root of the apps, FILE.pub or base64; repeatable'] as const;
const channel = ['--channel <id>', 'the channel that apps have built in'] as const;

/** `pinwatch config …`. The ports are created when they are needed. */
export function addConfigCommands(
  pinwatch: Command,
  output: Output,
  ports: () => SignedPorts,
  finish: (status: number) => void,
): void {
  const config = pinwatch.command('config').description('the signed pin configuration of apps');
  config
    .command('sign')
    .description('sign a configuration in a file, and verify the bundle as apps would')
    .argument('<file>', 'the configuration as JSON: ver, domains and other claims')
    .requiredOption('--statement <file>', 'the key statement, or a bundle that has it')
    .requiredOption(...root, append)
    .requiredOption('-o, --output <file>', 'the new bundle')
    .option('--key <file>', 'the signing key')
    .option('--account <account>', 'sign with publish.keyDir or publish.signer of the configuration')
    .option('--valid-for <duration>', 'how long apps call it fresh, from 1d to 366d', '14d')
    .option('-c, --config <file>', 'configuration file (default: $PINWATCH_CONFIG or config/pinwatch.yaml)')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `${examplesText([
        'config sign acme.json --statement acme.keys --root root.pem.pub --key acme.pem -o acme.bundle',
      ])}\nExit status: 0 signed, 2 not signed, 64 bad usage or a configuration that is not in form.`,
    )
    .action(async (file: string, options: SignOptions) =>
      finish(await signConfiguration(file, options, output, ports())),
    );
  config
    .command('verify')
    .description('verify a bundle as apps do')
    .argument('<file>', 'the bundle')
    .requiredOption(...root, append)
    .requiredOption(...channel)
    .option('--stored <file>', 'the bundle that an app holds already')
    .option('--host <host>', 'what is decided for a connection to this host')
    .option('--pin <pin>', 'a key on its validated path; repeatable', append)
    .option('--device <id>', 'the id of the device that connects')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `${examplesText([
        'config verify acme.bundle --root root.pem.pub --channel 7Qm2…',
        'config verify acme.bundle --root root.pem.pub --channel 7Qm2… --host api.example.com --pin sha256/…',
      ])}\nExit status: 0 accepted, 1 apps refuse it or don't connect, 64 bad usage or unreadable file.`,
    )
    .action(async (file: string, options: VerifyOptions) =>
      finish(await verifyFile(file, options, output, ports())),
    );
  config
    .command('bundle')
    .description('print a bundle to be built into an app, as its floor')
    .argument('<file>', 'the bundle')
    .requiredOption(...root, append)
    .requiredOption(...channel)
    .option('-o, --output <file>', 'write it to a new file')
    .option('--base64', 'print it in base64')
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      `${examplesText([
        'config bundle acme.bundle --root root.pem.pub --channel 7Qm2… -o floor.txt',
      ])}\nExit status: 0 printed, 1 apps would refuse it, 64 bad usage or unreadable file.`,
    )
    .action(async (file: string, options: FloorOptions) =>
      finish(await floorOf(file, options, output, ports())),
    );
}
