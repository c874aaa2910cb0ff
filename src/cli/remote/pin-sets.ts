import { domainToASCII } from 'node:url';
import type { Command } from 'commander';
import { parsePinSetName } from '../../core/imported-set.ts';
import { parseOkHttpVersion } from '../../core/okhttp-version.ts';
import { parsePinFormat } from '../../core/pin-format.ts';
import { quote } from '../../core/quote.ts';
import { parseTarget } from '../../core/target.ts';
import { exitStatus, orUsageError, UsageError } from '../usage.ts';
import { pinSetListText, pinSetText } from './pin-set-text.ts';
import { printableLines } from './printable.ts';
import {
  type CommonOptions,
  carryOut,
  done,
  present,
  type Remote,
  readAccount,
  remoteCommand,
} from './remote.ts';

interface ImportOptions extends CommonOptions {
  readonly format?: string;
  readonly appVersion?: string;
  readonly note?: string;
  readonly host?: string;
  readonly okhttp?: string;
  readonly received?: string;
  readonly publicKey?: string;
  readonly dryRun?: boolean;
}

export function addPinSetCommands(pinSets: Command, remote: Remote): void {
  const { output } = remote;

  remoteCommand(pinSets, 'import <account> <name> <file>', 'watch what an app version ships with', [
    'pin-set import acme android-5.2 network_security_config.xml --app-version "android 5.2"',
    'pin-set import acme ios-3.1 Info.plist --dry-run',
  ])
    .option('--format <format>', 'of the file; told by its content if left out')
    .option('--app-version <text>', 'the app and its version, for people')
    .option('--note <text>', 'why, or where the file comes from')
    .option('--host <host>', 'for a format that names no host')
    .option('--okhttp <version>', 'the version of OkHttp in the app')
    .option('--received <time>', 'when a header with a relative time was received: 2026-11-27T08:00:00Z')
    .option(
      '--public-key <key>',
      'that verifies the signatures of the file: PEM, or as its library is given it',
    )
    .option('--dry-run', 'say how the file is read, and store nothing')
    .addHelpText(
      'after',
      '\nReplaces what was imported under this name. A file with two mechanisms, such as one\nfor Android and one for iOS, makes NAME-android and NAME-ios. - reads standard input.',
    )
    .action(async (accountText: string, nameText: string, file: string, options: ImportOptions) => {
      const account = readAccount(accountText);
      const name = orUsageError('NAME', parsePinSetName(nameText));
      const { dryRun = false } = options;
      const settings = readOptions(options);
      const text = await remote.readPinText(file);
      if (!text.ok) throw new UsageError(`FILE: ${quote(file)} cannot be read: ${text.problem}`);
      return carryOut(remote, { account }, async (client) => {
        const body = { text: text.value, ...settings };
        const request = { params: { account, name }, query: { dryRun }, body };
        const answer = await client.call('importPinSet', request);
        return present(remote, options, answer.body, (imported) => pinSetText(imported, output.colour));
      });
    });

  remoteCommand(pinSets, 'list <account>', 'what app versions ship with', ['pin-set list acme']).action(
    (accountText: string, options: CommonOptions) => {
      const account = readAccount(accountText);
      return carryOut(remote, { account }, async (client) => {
        const { body } = await client.call('listPinSets', { params: { account } });
        return present(remote, options, body, (answer) =>
          pinSetListText(answer, remote.clock(), output.colour),
        );
      });
    },
  );

  remoteCommand(pinSets, 'show <account> <name>', 'how a file was read, and which domains it applies to', [
    'pin-set show acme android-5.2',
    'pin-set show acme android-5.2 --text',
  ])
    .option('--text', 'print the file as it was imported, and nothing else')
    .action((accountText: string, name: string, options: CommonOptions & { readonly text?: boolean }) => {
      const account = readAccount(accountText);
      return carryOut(remote, { account }, async (client) => {
        const { body } = await client.call('showPinSet', { params: { account, name } });
        if (options.text && !options.json) {
          output.stdout(printableLines(body.text ?? ''));
          return exitStatus.ok;
        }
        return present(remote, options, body, (imported) => pinSetText(imported, output.colour));
      });
    });

  remoteCommand(pinSets, 'remove <account> <name>', 'stop watching an app version that nobody has any more', [
    'pin-set remove acme android-5.2',
  ]).action((accountText: string, name: string, options: CommonOptions) => {
    const account = readAccount(accountText);
    return carryOut(remote, { account }, async (client) => {
      await client.call('removePinSet', { params: { account, name } });
      return done(remote, options, { account, removed: name }, `removed the pin set ${name} of ${account}`);
    });
  });
}

function readOptions({ format, appVersion, note, host, okhttp, received, publicKey }: ImportOptions) {
  return {
    ...(format === undefined ? {} : { format: orUsageError('--format', parsePinFormat(format)) }),
    ...(appVersion === undefined ? {} : { appVersion }),
    ...(note === undefined ? {} : { note }),
    ...(host === undefined ? {} : { host: orUsageError('--host', parseTarget(host, domainToASCII)).host }),
    ...(okhttp === undefined ? {} : { okhttp: orUsageError('--okhttp', parseOkHttpVersion(okhttp)) }),
    ...(received === undefined ? {} : { receivedAt: readTime(received) }),
    ...(publicKey === undefined ? {} : { publicKey }),
  };
}

function readTime(text: string): string {
  const at = Date.parse(text);
  if (Number.isNaN(at)) {
    throw new UsageError(`--received: expected a time such as 2026-11-27T08:00:00Z, found ${quote(text)}`);
  }
  return new Date(at).toISOString();
}
