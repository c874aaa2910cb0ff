import { domainToASCII } from 'node:url';
import type { Command } from 'commander';
import { nearest } from '../../config/nearest.ts';
import { parseMailAddress } from '../../core/contact.ts';
import { parseDuration } from '../../core/duration.ts';
import { limitNames } from '../../core/limits.ts';
import { quote } from '../../core/quote.ts';
import { notifyKeys, notifyRows } from '../../core/settings.ts';
import type { AnswerOf } from '../../wire/exchange.ts';
import { row } from '../layout.ts';
import { again, platformOption, readPlatforms, unique } from '../probing-options.ts';
import { exitStatus, orUsageError, UsageError } from '../usage.ts';
import type { Client } from './client.ts';
import {
  accountNames,
  type CommonOptions,
  carryOut,
  confirmed,
  done,
  group,
  present,
  type Remote,
  readAccount,
  remoteCommand,
} from './remote.ts';

interface AccountOptions extends CommonOptions {
  readonly contact?: readonly string[];
  readonly notify?: readonly string[];
  /** false for `--no-platform`. */
  readonly platform?: readonly string[] | false;
  readonly limit?: readonly string[];
}

export function addAccountCommands(pinwatch: Command, remote: Remote): void {
  const accounts = group(pinwatch, 'account', 'accounts: whose domains are watched, and who is notified', [
    'account create acme --contact devops@example.com',
  ]);

  remoteCommand(accounts, 'list', 'the accounts that you may see', ['account list']).action(
    (options: CommonOptions) =>
      carryOut(remote, {}, async (client) =>
        present(remote, options, { accounts: await accountNames(client) }, (answer) =>
          answer.accounts.length === 0
            ? 'no accounts: "pinwatch account create" makes one\n'
            : answer.accounts.map((name) => `${name}\n`).join(''),
        ),
      ),
  );

  remoteCommand(accounts, 'show <account>', 'who is notified for an account, and how', [
    'account show acme',
  ]).action((text: string, options: CommonOptions) => {
    const account = readAccount(text);
    return carryOut(remote, { account }, async (client) =>
      present(remote, options, (await find(client, account)).body, accountText),
    );
  });

  const create = remoteCommand(accounts, 'create <account>', 'create an account (admins only)', [
    'account create acme --contact devops@example.com',
  ]);
  addAccountOptions(create, 'mail address of someone on call; repeatable').action(
    (text: string, options: AccountOptions) => {
      const account = readAccount(text);
      const contacts = readContacts(options);
      if (contacts.length === 0)
        throw new UsageError('--contact: expected at least one, so that someone is notified');
      const notify = withoutNull(readNotify(options.notify ?? []));
      const platforms = readPlatforms(options.platform || undefined);
      const limits = withoutNull(readLimits(options.limit ?? []));
      return carryOut(remote, {}, async (client) => {
        const body = {
          ...{ name: account, contacts },
          ...(options.notify ? { notify } : {}),
          ...(platforms === undefined ? {} : { platforms }),
          ...(options.limit ? { limits } : {}),
        };
        const created = await client.call('createAccount', { body });
        return present(remote, options, created.body, accountText);
      });
    },
  );

  const change = remoteCommand(
    accounts,
    'change <account>',
    'change who is notified for an account, and how (admins only)',
    [
      'account change acme --contact devops@example.com --contact night@example.com',
      'account change acme --notify remindEvery=12h --notify groupWait=',
      'account change acme --limit domains=20000',
    ],
  );
  addAccountOptions(change, 'mail address of someone on call; replaces all contacts; repeatable')
    .option('--no-platform', "use the installation's platforms")
    .action((text: string, options: AccountOptions) => {
      const account = readAccount(text);
      const contacts = readContacts(options);
      const settings = readNotify(options.notify ?? []);
      const { platform } = options;
      const platforms = readPlatforms(platform || undefined) ?? null;
      const wanted = readLimits(options.limit ?? []);
      if (!options.contact && !options.notify && platform === undefined && !options.limit)
        throw new UsageError('expected --contact, --notify, --platform or --limit, found none');
      return carryOut(remote, { account }, async (client) => {
        const { body: before, etag } = await find(client, account);
        const notify = withoutNull({ ...before.notify, ...settings });
        const limits = withoutNull({ ...before.limits, ...wanted });
        const body = {
          ...(options.contact ? { contacts } : {}),
          ...(options.notify ? { notify } : {}),
          ...(platform === undefined ? {} : { platforms }),
          ...(options.limit ? { limits } : {}),
        };
        const request = { params: { account }, body, ifMatch: etag };
        const changed = await client.call('changeAccount', request);
        return present(remote, options, changed.body, accountText);
      });
    });

  remoteCommand(accounts, 'delete <account>', 'delete an account with all its domains (admins only)', [
    'account delete acme',
  ])
    .option('-y, --yes', 'do not ask for confirmation')
    .action((text: string, options: CommonOptions & { yes?: boolean }) => {
      const account = readAccount(text);
      return carryOut(remote, { account }, async (client) => {
        const { etag } = await find(client, account);
        const question = `Delete the account ${account} with all its domains, pins and history?`;
        if (!(await confirmed(remote, options, question))) return exitStatus.undetermined;
        await client.call('deleteAccount', { params: { account }, ifMatch: etag });
        return done(remote, options, { deleted: account }, `${account} is deleted`);
      });
    });
}

function addAccountOptions(command: Command, contactText: string): Command {
  return command
    .option('--contact <address>', contactText, again)
    .option(
      '--notify <key=value>',
      `${notifyKeys.join(', ')} as in the configuration; an empty value restores the installation's; repeatable`,
      again,
    )
    .addOption(platformOption("platform whose rules count; repeatable (default: the installation's)"))
    .option(
      '--limit <key=value>',
      `${limitNames.join(', ')}: the most that it may have; an empty value restores the default; repeatable`,
      again,
    );
}

/** null: the default limit again. */
function readLimits(limits: readonly string[]): Record<string, number | null> {
  return Object.fromEntries(
    limits.map((limit) => {
      const [, key = '', value] = /^([^=]*)=(.*)$/s.exec(limit) ?? [];
      if (value === undefined) throw new UsageError(`--limit: expected KEY=VALUE, found ${quote(limit)}`);
      if (!(limitNames as readonly string[]).includes(key)) throw unknownKey('--limit', key, limitNames);
      if (value === '') return [key, null];
      if (/^\d{1,12}$/.test(value)) return [key, Number(value)];
      throw new UsageError(`--limit ${key}: expected a whole number, found ${quote(value)}`);
    }),
  );
}

function find(client: Client, account: string) {
  return client.call('showAccount', { params: { account } });
}

function readContacts({ contact = [] }: AccountOptions): string[] {
  return unique(contact.map((text) => orUsageError('--contact', parseMailAddress(text, domainToASCII))));
}

/** null: the installation's setting again. */
function readNotify(settings: readonly string[]): Record<string, string | number | null> {
  return Object.fromEntries(
    settings.map((setting) => {
      const [, key = '', value] = /^([^=]*)=(.*)$/s.exec(setting) ?? [];
      if (value === undefined) throw new UsageError(`--notify: expected KEY=VALUE, found ${quote(setting)}`);
      const row = notifyRows.find((one) => one.key === key);
      if (row === undefined) throw unknownKey('--notify', key, notifyKeys);
      if (value === '') return [key, null];
      if (row.unit === 'ms') {
        orUsageError(`--notify ${key}`, parseDuration(value));
        return [key, value];
      }
      if (/^\d{1,4}$/.test(value)) return [key, Number(value)];
      throw new UsageError(`--notify ${key}: expected a whole number of sweeps, found ${quote(value)}`);
    }),
  );
}

function unknownKey(option: string, key: string, known: readonly string[]): UsageError {
  const meant = nearest(key, known);
  const hint = meant === null ? `expected one of ${known.join(', ')}` : `did you mean ${meant}?`;
  return new UsageError(`${option}: unknown key ${quote(key)}, ${hint}`);
}

function withoutNull<T extends string | number>(settings: Readonly<Record<string, T | null>>) {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));
}

function accountText({
  name,
  contacts,
  channels = [],
  notify,
  platforms,
  limits = {},
  provisionedBy,
}: AnswerOf<'showAccount'>): string {
  const words = (of: Readonly<Record<string, string | number>>) =>
    Object.entries(of).map(([key, value]) => `${key}=${value}`);
  const [settings, own] = [words(notify), words(limits)];
  return [
    ...row('account', name),
    ...row('contacts', contacts.join(', ')),
    ...channels.flatMap((one) =>
      row('channel', `${one.name}: ${one.type} to ${one.host}, ${one.minSeverity} and above`),
    ),
    ...(settings.length > 0 ? row('notify', settings.join(' ')) : []),
    ...(platforms === null ? [] : row('platforms', platforms.join(', ') || 'none')),
    ...(own.length > 0 ? row('limits', own.join(' ')) : []),
    ...(provisionedBy === null ? [] : row('from', `the file ${provisionedBy}; change it there`)),
    '',
  ].join('\n');
}
