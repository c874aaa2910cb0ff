import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { Document, isScalar, isSeq } from 'yaml';
import { domainSettings, settingNames } from '../../core/domain-settings.ts';
import { quote } from '../../core/quote.ts';
import { rootBundle } from '../../core/root-bundle.ts';
import type { AnswerOf } from '../../wire/exchange.ts';
import { exitStatus } from '../usage.ts';
import { Failure } from './failure.ts';
import { pooled } from './pool.ts';
import { printable } from './printable.ts';
import {
  type CommonOptions,
  carryOut,
  domainsOf,
  type Remote,
  readAccount,
  remoteCommand,
} from './remote.ts';

const width = 8;

export function addExportCommand(pinwatch: Command, remote: Remote): void {
  remoteCommand(pinwatch, 'export <account>', 'write an account as a file for "apply"', [
    'export acme > acme.yaml',
    'export acme -o acme.yaml',
  ])
    .option('-o, --output <file>', "write to this file, and domains' roots (caFile) beside it")
    .action((text: string, options: CommonOptions & { output?: string }) => {
      const account = readAccount(text);
      return carryOut(remote, { account }, async (client) => {
        const { body } = await client.call('showAccount', { params: { account } });
        const summaries = await domainsOf(client, account);
        const domains = await pooled(summaries, width, async ({ name }) => {
          return (await client.call('showDomain', { params: { account, domain: name } })).body;
        });
        const roots = rootFiles(domains);
        const [withRoots] = domains.filter(({ ca }) => ca !== null);
        if (withRoots && options.output === undefined) {
          const hint = 'name a file with -o, so that they can be written beside it';
          throw new Failure(`${printable(withRoots.name)} has roots of its own: ${hint}`, exitStatus.usage);
        }
        const content = options.json
          ? `${JSON.stringify(fileOf(body, domains), null, 2)}\n`
          : commented(body, domains);
        if (options.output === undefined) remote.output.stdout(content);
        else write(options.output, content, roots);
        return exitStatus.ok;
      });
    });
}

function fileOf(
  { name, contacts, platforms }: AnswerOf<'showAccount'>,
  domains: readonly AnswerOf<'showDomain'>[],
) {
  const entries = domains.map((domain) => ({
    host: domain.name,
    pins: domain.pins.map(({ pin }) => pin),
    ...settingsInFile(domain),
  }));
  const account = {
    contacts: contacts.map(literal),
    ...(platforms === null ? {} : { platforms }),
    domains: entries,
  };
  return { accounts: { [name]: account } };
}

function settingsInFile(domain: AnswerOf<'showDomain'>) {
  const settings = settingNames.flatMap((name) => {
    const value = domain[name];
    if (value === null) return [];
    return [[domainSettings[name].fileKey, typeof value === 'string' ? rootFile(value) : value.map(literal)]];
  });
  return Object.fromEntries(settings);
}

/** In the file, ${ starts a variable. */
function literal(text: string): string {
  return text.replaceAll('${', '$${');
}

/** Who added a pin and why is a comment beside it, which "apply" ignores. */
function commented(account: AnswerOf<'showAccount'>, domains: readonly AnswerOf<'showDomain'>[]): string {
  const document = new Document(fileOf(account, domains));
  const settings = Object.entries(account.notify).map(([key, value]) => printable(` ${key}: ${value}`));
  document.commentBefore = [
    ` The account ${printable(account.name)}, for "pinwatch apply".`,
    ...(settings.length > 0
      ? [' Not in this file, set by "pinwatch account change --notify":', ...settings]
      : []),
  ].join('\n');
  for (const [index, { pins }] of domains.entries()) {
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

function write(path: string, content: string, roots: ReadonlyMap<string, string>): void {
  const files = [...roots].map(([name, pem]) => [join(dirname(path), name), pem] as const);
  for (const [file, text] of [...files, [path, content] as const]) {
    try {
      writeFileSync(file, text);
    } catch (error) {
      throw new Failure(`--output: ${quote(file)} cannot be written: ${reason(error)}`);
    }
  }
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'no such folder (ENOENT)' : (code ?? message);
}
