import type { Command } from 'commander';
import type { Output } from './output.ts';
import { type PinFromOptions, type PinFromPorts, pinFrom } from './pin-from.ts';
import { addProbingOptions } from './probing-options.ts';

const examples = `
Examples:
  pinwatch pin from api.example.com            what each endpoint presents now
  pinwatch pin from next.csr                   a backup pin, before its certificate exists
  pinwatch pin from bundle.p12                 asks for the password on the terminal
  pass show bundle | pinwatch pin from bundle.p12 --password-stdin
  openssl req -new … | pinwatch pin from - --json

Reads PEM, DER, PKCS#7 and PKCS#12 with certificates, requests, public and private keys. Nothing is
registered, and no private key is shown.

Exit status: 0 keys found, 2 no endpoint presented a chain, 64 bad usage or unreadable file.`;

/** `pinwatch pin …`. The ports are created when they are needed. */
export function addPinCommands(
  pinwatch: Command,
  output: Output,
  ports: () => PinFromPorts,
  finish: (status: number) => void,
): void {
  const pin = pinwatch.command('pin').description('pins of certificates and keys');
  const from = pin
    .command('from')
    .description('print the pins of a file, of standard input (-), or of what a host presents')
    .argument('<source>', 'file, -, or host[:port]; if both exist, the file')
    .option('--file', 'the source is a file')
    .option('--host', 'the source is a host')
    .option('--password-stdin', 'read the password of an encrypted file from standard input');
  addProbingOptions(from)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', examples)
    .action(async (source: string, options: PinFromOptions) => {
      finish(await pinFrom(source, options, output, ports()));
    });
}
