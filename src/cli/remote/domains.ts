import { type Command, Option } from 'commander';
import { type Verdict, verdicts } from '../../core/check.ts';
import { rfc3339 } from '../../core/clock.ts';
import { parseDuration } from '../../core/duration.ts';
import { quote } from '../../core/quote.ts';
import { exitStatus, orUsageError, UsageError } from '../usage.ts';
import { addDomainAdd } from './domain-add.ts';
import { addSettingOptions, readSettings, type SettingOptions } from './domain-settings.ts';
import { domainText, historyText, listText } from './domain-text.ts';
import { Failure } from './failure.ts';
import {
  accountNames,
  type CommonOptions,
  carryOut,
  confirmed,
  domainsOf,
  done,
  group,
  present,
  type Remote,
  readAccount,
  readDomain,
  remoteCommand,
} from './remote.ts';

export function addDomainCommands(pinwatch: Command, remote: Remote): void {
  const domains = group(pinwatch, 'domain', 'domains of an account: what apps connect to', [
    'domain add acme api.example.com',
    'domain list',
  ]);

  remoteCommand(domains, 'list [account]', 'the domains of an account, or of all that you may see', [
    'domain list acme',
    'domain list --verdict mismatch --json',
  ])
    .addOption(new Option('--verdict <verdict>', 'only domains with this verdict').choices(verdicts))
    .action((text: string | undefined, options: CommonOptions & { verdict?: Verdict }) => {
      const own = text === undefined ? null : readAccount(text);
      const { output, clock } = remote;
      const query = options.verdict === undefined ? {} : { verdict: options.verdict };
      return carryOut(remote, own === null ? {} : { account: own }, async (client) => {
        const domains = [];
        for (const account of own === null ? await accountNames(client) : [own]) {
          for (const domain of await domainsOf(client, account, query)) domains.push({ account, ...domain });
        }
        return present(remote, options, { domains }, (answer) =>
          listText(answer.domains, own === null, clock(), output.colour),
        );
      });
    });

  remoteCommand(
    domains,
    'show <account> <domain>',
    'settings, pins, open incidents and the last probe of a domain',
    ['domain show acme api.example.com'],
  ).action((accountArgument: string, domainArgument: string, options: CommonOptions) => {
    const [account, domain] = [readAccount(accountArgument), readDomain(domainArgument)];
    return carryOut(remote, { account, domain }, async (client) => {
      const { body } = await client.call('showDomain', { params: { account, domain } });
      return present(remote, options, body, (answer) =>
        domainText(answer, remote.clock(), remote.output.colour),
      );
    });
  });

  addDomainAdd(domains, remote);
  addDomainChange(domains, remote);

  remoteCommand(
    domains,
    'remove <account> <domain>',
    'stop watching a domain, and delete its record and history',
    ['domain remove acme api.example.com'],
  )
    .option('-y, --yes', 'do not ask for confirmation')
    .action((accountArgument: string, domainArgument: string, options: CommonOptions & { yes?: boolean }) => {
      const [account, domain] = [readAccount(accountArgument), readDomain(domainArgument)];
      return carryOut(remote, { account, domain }, async (client) => {
        const params = { account, domain };
        const { etag } = await client.call('showDomain', { params }).catch(removable);
        const question = `Stop watching ${domain}, and delete its pins and history?`;
        if (!(await confirmed(remote, options, question))) return exitStatus.undetermined;
        await client.call('removeDomain', { params, ifMatch: etag });
        return done(remote, options, { removed: domain }, `${domain} is removed`);
      });
    });

  remoteCommand(
    domains,
    'mute <account> <domain>',
    'send no notices for a domain for a time, as during maintenance',
    [
      'domain mute acme api.example.com --for 2h',
      'domain mute acme api.example.com --until 2026-12-01T06:00:00Z',
    ],
  )
    .option('--for <duration>', 'how long from now, such as 2h')
    .option('--until <time>', 'RFC 3339, such as 2026-12-01T06:00:00Z')
    .action((accountArgument: string, domainArgument: string, options: MuteOptions) => {
      const [account, domain] = [readAccount(accountArgument), readDomain(domainArgument)];
      const until = readUntil(options, remote.clock());
      return carryOut(remote, { account, domain }, async (client) => {
        await client.call('muteDomain', { params: { account, domain }, body: { until } });
        return done(remote, options, { domain, mutedUntil: until }, `${domain} is muted until ${until}`);
      });
    });

  remoteCommand(domains, 'unmute <account> <domain>', 'send notices for a domain again', [
    'domain unmute acme api.example.com',
  ]).action((accountArgument: string, domainArgument: string, options: CommonOptions) => {
    const [account, domain] = [readAccount(accountArgument), readDomain(domainArgument)];
    return carryOut(remote, { account, domain }, async (client) => {
      await client.call('unmuteDomain', { params: { account, domain } });
      return done(remote, options, { domain, mutedUntil: null }, `${domain} is no longer muted`);
    });
  });

  remoteCommand(domains, 'history <account> <domain>', 'what happened to its incidents, newest first', [
    'domain history acme api.example.com',
  ]).action((accountArgument: string, domainArgument: string, options: CommonOptions) => {
    const [account, domain] = [readAccount(accountArgument), readDomain(domainArgument)];
    return carryOut(remote, { account, domain }, async (client) => {
      const { body } = await client.call('showDomain', { params: { account, domain } });
      return present(remote, options, { history: body.history }, ({ history }) =>
        historyText(history, remote.output.colour),
      );
    });
  });
}

/** A domain that the API can't read can still be removed, as the error advises. */
function removable(error: unknown): { readonly etag: null } {
  if (error instanceof Failure && error.code === 'unreadable') return { etag: null };
  throw error;
}

function addDomainChange(domains: Command, remote: Remote): void {
  const change = remoteCommand(domains, 'change <account> <domain>', 'change how a domain is probed', [
    'domain change acme api.example.com --connect 192.0.2.10 --connect 192.0.2.11',
    'domain change acme api.example.com --no-connect',
  ]);
  addSettingOptions(change).action(
    (accountArgument: string, domainArgument: string, options: SettingOptions & CommonOptions) => {
      const [account, domain] = [readAccount(accountArgument), readDomain(domainArgument)];
      const body = readSettings(options, remote);
      return carryOut(remote, { account, domain }, async (client) => {
        const changed = await client.call('changeDomain', { params: { account, domain }, body });
        return present(
          remote,
          options,
          changed.body,
          () => `${domain} is changed, and is being probed again\n`,
        );
      });
    },
  );
}

interface MuteOptions extends CommonOptions {
  readonly for?: string;
  readonly until?: string;
}

function readUntil(options: MuteOptions, now: number): string {
  if ((options.for === undefined) === (options.until === undefined)) {
    throw new UsageError('expected either --for or --until');
  }
  if (options.for !== undefined) return rfc3339(now + orUsageError('--for', parseDuration(options.for)));
  const time = Date.parse(options.until ?? '');
  // Without an offset it would be local time, which may differ between this machine and the server.
  if (!Number.isFinite(time) || !/(?:Z|[+-]\d\d:\d\d)$/i.test(options.until ?? '')) {
    throw new UsageError(
      `--until: expected a time such as 2026-12-01T06:00:00Z, found ${quote(options.until ?? '')}`,
    );
  }
  return rfc3339(time);
}
