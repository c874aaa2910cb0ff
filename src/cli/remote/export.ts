import { createHash } from 'node:crypto';
import { dirname, join, relative, sep } from 'node:path';
import type { Command } from 'commander';
import { Document, isScalar, isSeq } from 'yaml';
import { domainSettings, settingNames } from '../../core/domain-settings.ts';
import { plural } from '../../core/plural.ts';
import { rootBundle } from '../../core/root-bundle.ts';
import type { AnswerOf } from '../../wire/exchange.ts';
import { pooled } from '../pool.ts';
import { exitStatus } from '../usage.ts';
import { type ExportedPinSet, exportedPinSets } from './export-pin-sets.ts';
import { Failure } from './failure.ts';
import { literal } from './literal.ts';
import { printable } from './printable.ts';
import {
  type CommonOptions,
  carryOut,
  domainsOf,
  type Remote,
  readAccount,
  remoteCommand,
} from './remote.ts';
import { writeFile } from './write-file.ts';

const width = 8;

type ExportOptions = CommonOptions & { readonly output?: string; readonly domainsFile?: string };

/** The domains, or the file that holds them. */
type DomainsOrFile = readonly AnswerOf<'showDomain'>[] | { readonly domainsFile: string };

export function addExportCommand(pinwatch: Command, remote: Remote): void {
  remoteCommand(pinwatch, 'export <account>', 'write an account as a file for "apply"', [
    'export acme > acme.yaml',
    'export acme -o acme.yaml',
  ])
    .option('-o, --output <file>', "write to this file, and domains' roots (caFile) beside it")
    .option(
      '--domains-file <file>',
      'write the domains to this file, one JSON object per line, for any number of them',
    )
    .action((text: string, options: ExportOptions) => {
      const account = readAccount(text);
      return carryOut(remote, { account }, async (client) => {
        const { body } = await client.call('showAccount', { params: { account } });
        const summaries = await domainsOf(client, account);
        const domains = await pooled(summaries, width, async ({ name }) => {
          return (await client.call('showDomain', { params: { account, domain: name } })).body;
        });
        const pinSets = await exportedPinSets(client, account);
        const roots = rootFiles(domains);
        const { output, domainsFile } = options;
        const besideWhat = domainsFile ?? output;
        const [withRoots] = domains.filter(({ ca }) => ca !== null);
        if (withRoots && besideWhat === undefined) {
          const hint = 'name a file with -o, so that they can be written beside it';
          throw new Failure(`${printable(withRoots.name)} has roots of its own: ${hint}`, exitStatus.usage);
        }
        if (pinSets.length > 0 && output === undefined) {
          const hint = 'name a file with -o, so that what they were imported from can be written beside it';
          throw new Failure(`${printable(account)} has pin sets: ${hint}`, exitStatus.usage);
        }
        const list =
          domainsFile === undefined
            ? domains
            : {
                domainsFile: relative(dirname(output ?? '.'), domainsFile)
                  .split(sep)
                  .join('/'),
              };
        const content = options.json
          ? `${JSON.stringify(fileOf(body, list, pinSets), null, 2)}\n`
          : commented(body, list, pinSets);
        const write = (option: string, file: string, text: string, what: string) => {
          writeFile(option, file, text);
          remote.output.stderr(`written: ${printable(file)} (${what})\n`);
        };
        if (besideWhat !== undefined) {
          const option = domainsFile === undefined ? '--output' : '--domains-file';
          for (const [name, pem] of roots) write(option, join(dirname(besideWhat), name), pem, 'roots');
        }
        for (const { file, text } of pinSets)
          write('--output', join(dirname(output ?? '.'), file), text, 'pin set');
        const count = plural(domains.length, 'domain');
        if (domainsFile !== undefined) write('--domains-file', domainsFile, linesOf(domains), count);
        if (output === undefined) remote.output.stdout(content);
        else write('--output', output, content, domainsFile === undefined ? `account, ${count}` : 'account');
        return exitStatus.ok;
      });
    });
}

function fileOf(
  { name, contacts, channels = [], platforms }: AnswerOf<'showAccount'>,
  list: DomainsOrFile,
  pinSets: readonly ExportedPinSet[],
) {
  const account = {
    contacts: contacts.map(literal),
    ...(channels.length === 0 ? {} : { channels: channels.map(channelEntry) }),
    ...(platforms === null ? {} : { platforms }),
    ...('domainsFile' in list ? { domainsFile: literal(list.domainsFile) } : { domains: list.map(entryOf) }),
    ...(pinSets.length === 0 ? {} : { pinSets: pinSets.map(({ entry }) => entry) }),
  };
  return { accounts: { [name]: account } };
}

function channelEntry({
  name,
  type,
  minSeverity,
  quietHours,
}: NonNullable<AnswerOf<'showAccount'>['channels']>[number]) {
  return { name, type, minSeverity, ...(quietHours === null ? {} : { quietHours }) };
}

function linesOf(domains: readonly AnswerOf<'showDomain'>[]): string {
  return domains.map((domain) => `${JSON.stringify(entryOf(domain))}\n`).join('');
}

function entryOf(domain: AnswerOf<'showDomain'>) {
  return {
    host: domain.name,
    pins: domain.pins.map(({ pin }) => pin),
    ...settingsInFile(domain),
  };
}

function settingsInFile(domain: AnswerOf<'showDomain'>) {
  const settings = settingNames.flatMap((name) => {
    const value = domain[name];
    if (value === null) return [];
    const { fileKey } = domainSettings[name];
    if ('mode' in Object(value)) return [[fileKey, value]];
    return [[fileKey, typeof value === 'string' ? rootFile(value) : (value as string[]).map(literal)]];
  });
  return Object.fromEntries(settings);
}

/** Who added a pin and why is a comment beside it, which "apply" ignores. */
function commented(
  account: AnswerOf<'showAccount'>,
  list: DomainsOrFile,
  pinSets: readonly ExportedPinSet[],
): string {
  const document = new Document(fileOf(account, list, pinSets));
  const settings = Object.entries(account.notify).map(([key, value]) => printable(` ${key}: ${value}`));
  document.commentBefore = [
    ` The account ${printable(account.name)}, for "pinwatch apply".`,
    ...(settings.length > 0
      ? [' Not in this file, set by "pinwatch account change --notify":', ...settings]
      : []),
    ...((account.channels ?? []).length > 0
      ? [
          ' Channels are without their url and key, which are secrets: left out, they stay as they are. For another',
          ' installation, add them.',
        ]
      : []),
  ].join('\n');
  for (const [index, { pins }] of 'domainsFile' in list ? [] : list.entries()) {
    const list = document.getIn(['accounts', account.name, 'domains', index, 'pins']);
    if (!isSeq(list)) continue;
    for (const [position, pin] of pins.entries()) {
      const node = list.items[position];
      const why = noteOf(pin);
      if (isScalar(node) && why !== '') node.comment = ` ${why}`;
    }
  }
  return document.toString({ lineWidth: 0 });
}

function noteOf({ note, by, at: when }: AnswerOf<'listPins'>['pins'][number]): string {
  const who = by === null ? '' : `${by}, ${(when ?? '').slice(0, 10)}`;
  return printable([who, note ?? ''].filter((text) => text !== '').join(': '));
}

/** Named after its content: domains that share their roots share the file. */
function rootFile(ca: string): string {
  return `roots-${createHash('sha256').update(rootBundle(ca)).digest('hex').slice(0, 12)}.pem`;
}

function rootFiles(domains: readonly AnswerOf<'showDomain'>[]): ReadonlyMap<string, string> {
  const all = domains.flatMap(({ ca }) => (ca === null ? [] : [[rootFile(ca), rootBundle(ca)] as const]));
  return new Map(all);
}
