import type { Command } from 'commander';
import { examplesText } from './help.ts';
import type { Output } from './output.ts';
import { type CertifyOptions, certifyKeys } from './signed/certify.ts';
import { type InstallOptions, installKey } from './signed/install.ts';
import { append } from './signed/key-arguments.ts';
import { type NewKeyOptions, newRoot, newSigning } from './signed/new-keys.ts';
import type { SignedPorts } from './signed/ports.ts';
import { showKeys } from './signed/show.ts';

const status = '\nExit status: 0 done, 2 not signed, 64 bad usage or unreadable file.';
const fromStdin = 'read the passphrase from standard input';

/** `pinwatch key …`. The ports are created when they are needed. */
export function addKeyCommands(
  pinwatch: Command,
  output: Output,
  ports: () => SignedPorts,
  finish: (status: number) => void,
): void {
  const key = pinwatch
    .command('key')
    .description('keys that sign the pin configuration of apps')
    .addHelpText('after', examplesText(['key root root.pem', 'key show root.pem.pub']));
  key
    .command('root')
    .description('make a root key, encrypted, on a machine that is offline')
    .argument('<file>', 'the new file; its public half goes to FILE.pub')
    .option('--passphrase-stdin', fromStdin)
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `${examplesText(['key root root.pem'])}\nNever on the server. Make two: apps embed both, and either suffices.\n${status}`,
    )
    .action(async (file: string, options: NewKeyOptions) =>
      finish(await newRoot(file, options, output, ports())),
    );
  key
    .command('signing')
    .description('make a signing key, on the machine that will sign')
    .argument('<file>', 'the new file; its public half goes to FILE.pub')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', `${examplesText(['key signing acme.pem'])}${status}`)
    .action(async (file: string, options: NewKeyOptions) =>
      finish(await newSigning(file, options, output, ports())),
    );
  key
    .command('certify')
    .description('make a key statement: these keys, and no other, sign for a channel')
    .argument('<keys...>', 'public keys: files (FILE.pub) or base64')
    .requiredOption('--with <file>', 'the root key')
    .requiredOption('-o, --output <file>', 'the new key statement')
    .option('--after <file>', 'the last key statement or bundle: its channel, and the next generation')
    .option('--root <key>', 'another root that may have signed it; repeatable', append)
    .option('--channel <id>', 'the channel of a first statement (default: a new one)')
    .option('--passphrase-stdin', fromStdin)
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `${examplesText([
        'key certify acme.pem.pub --with root.pem -o acme.keys',
        'key certify next.pem.pub --with root.pem --after acme.keys -o acme-2.keys',
      ])}
A later generation outranks every configuration of an earlier one. After a theft, certify
the new key alone.
${status}`,
    )
    .action(async (keys: readonly string[], options: CertifyOptions) =>
      finish(await certifyKeys(keys, options, output, ports())),
    );
  key
    .command('install')
    .description("put an account's signing key into publish.keyDir")
    .argument('<account>', 'the account')
    .argument('<file>', 'its signing key, with mode 0600')
    .option('--replace', 'replace the key that is there')
    .option('-c, --config <file>', 'configuration file (default: $PINWATCH_CONFIG or config/pinwatch.yaml)')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', `${examplesText(['key install acme acme.pem'])}${status}`)
    .action(async (account: string, file: string, options: InstallOptions) =>
      finish(await installKey(account, file, options, output, ports())),
    );
  key
    .command('show')
    .description('print public keys as apps embed them, and what a key statement claims')
    .argument('<files...>', 'public keys, signing keys, key statements or bundles')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', `${examplesText(['key show root.pem.pub acme.keys'])}${status}`)
    .action(async (files: readonly string[], options: { readonly json?: boolean }) =>
      finish(await showKeys(files, options, output, ports())),
    );
}
