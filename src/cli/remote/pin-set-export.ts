import { Argument, type Command, Option } from 'commander';
import { parseOkHttpVersion } from '../../core/okhttp-version.ts';
import { parsePin } from '../../core/pin.ts';
import { parsePinFormat, pinFormats } from '../../core/pin-format.ts';
import { type SourceLanguage, sourceLanguages } from '../../core/source-language.ts';
import { row } from '../layout.ts';
import { exitStatus, orUsageError } from '../usage.ts';
import { printable, printableJson, printableLines } from './printable.ts';
import {
  type CommonOptions,
  carryOut,
  type Remote,
  readAccount,
  readDomain,
  remoteCommand,
} from './remote.ts';
import { writeFile } from './write-file.ts';

interface ExportOptions extends CommonOptions {
  readonly pinSet?: string;
  readonly domain?: string;
  readonly forRotation?: string;
  readonly expiration?: string;
  readonly oneLabel?: boolean;
  readonly okhttp?: string;
  readonly language?: SourceLanguage;
  readonly output?: string;
}

export function addPinSetExport(pinSets: Command, remote: Remote): void {
  remoteCommand(pinSets, 'export', "write an account's pins in the format of an app", [
    'pin-set export nsc acme -o app/src/main/res/xml/network_security_config.xml',
    'pin-set export okhttp acme --language java --domain api.example.com',
    'pin-set export trustkit-ios acme --domain api.example.com --for-rotation sha256/…',
    'pin-set export curl acme --domain api.example.com',
  ])
    .addArgument(new Argument('<format>', 'of the text').choices(pinFormats).argParser((text) => text))
    .argument('<account>')
    .option('--pin-set <pin-set>', "what an app version ships with, instead of the registry's pins")
    .option('--domain <domain>', 'only this host, on all its ports')
    .option('--for-rotation <pin>', 'add the pin of the next key, and say what to drop later')
    .option('--expiration <date>', 'let pinning end on this day, silently: 2027-03-01')
    .option('--one-label', 'for nspinneddomains: accept that deeper names are not pinned')
    .option('--okhttp <version>', 'the version of OkHttp in the app')
    .addOption(new Option('--language <language>', 'of source code').choices(sourceLanguages))
    .option('-o, --output <file>', 'write to this file')
    .addHelpText(
      'after',
      "\nNothing is written if the format would give the pins another meaning: the reason is\nprinted, and the exit status is 2. What the app's developer must know goes to standard error.",
    )
    .action((formatText: string, accountText: string, options: ExportOptions) => {
      const format = orUsageError('FORMAT', parsePinFormat(formatText));
      const account = readAccount(accountText);
      const { pinSet, domain, forRotation, expiration, oneLabel, okhttp, language, output } = options;
      const query = {
        ...(pinSet === undefined ? {} : { pinSet }),
        ...(domain === undefined ? {} : { domain: readDomain(domain) }),
        ...(forRotation === undefined
          ? {}
          : { forRotation: orUsageError('--for-rotation', parsePin(forRotation)) }),
        ...(expiration === undefined ? {} : { expiration }),
        ...(oneLabel === undefined ? {} : { oneLabel }),
        ...(okhttp === undefined ? {} : { okhttp: orUsageError('--okhttp', parseOkHttpVersion(okhttp)) }),
        ...(language === undefined ? {} : { language }),
      };
      const names = { account, ...(query.domain === undefined ? {} : { domain: query.domain }) };
      return carryOut(remote, names, async (client) => {
        const { body } = await client.call('exportPins', { params: { account, format }, query });
        const notes = body.notes.flatMap((note) => row('note', printable(note)));
        if (!options.json) remote.output.stderr(notes.map((line) => `${line}\n`).join(''));
        const text = options.json ? `${printableJson(body)}\n` : printableLines(body.text);
        if (output === undefined) remote.output.stdout(text);
        else writeFile('--output', output, text);
        return exitStatus.ok;
      });
    });
}
