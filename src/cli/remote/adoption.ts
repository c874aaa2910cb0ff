/** What installed apps hold, and whether a key may be rotated in. */
import type { Command } from 'commander';
import { type DayCounts, dayCounts, installsOf } from '../../core/adoption.ts';
import { type LoggedInstall, mostLineCharacters, readLogLine } from '../../core/adoption-log.ts';
import { percent } from '../../core/percent.ts';
import { parsePin } from '../../core/pin.ts';
import { plural } from '../../core/plural.ts';
import { quote } from '../../core/quote.ts';
import { hostOfName } from '../../core/set-coverage.ts';
import type { AnswerOf } from '../../wire/exchange.ts';
import { linesOf } from '../batch-lines.ts';
import { labelled, painter, row, type Style } from '../layout.ts';
import { type Cell, table } from '../table.ts';
import { exitStatus, orUsageError, UsageError } from '../usage.ts';
import type { Client } from './client.ts';
import { Failure } from './failure.ts';
import {
  type CommonOptions,
  carryOut,
  present,
  type Remote,
  readAccount,
  readDomain,
  remoteCommand,
} from './remote.ts';

interface AdoptionOptions extends CommonOptions {
  readonly log?: string;
  readonly store?: boolean;
}

type Adoption = Pick<AnswerOf<'showAdoption'>, 'published'> & { readonly days: readonly DayCounts[] };

export function addAdoptionCommands(config: Command, remote: Remote): void {
  const { output } = remote;

  remoteCommand(config, 'adoption <account>', 'which versions installed apps hold, by day', [
    'config adoption acme',
    'config adoption acme --log /var/log/nginx/access.log',
    'zcat access.log.*.gz | pinwatch config adoption acme --log - --store',
  ])
    .option('--log <file>', 'count in the access log of a CDN or web server; - is standard input')
    .option('--store', "with --log: replace the server's counts of these days by the log's")
    .addHelpText(
      'after',
      `
The first fetch of an app on each UTC day says which version it holds. No address
and no id is stored. Anybody can forge these counts: they are advice.

--log reads nginx's and Apache's combined form, JSON lines, CloudFront's and other
tables with one request per line. Give it whole days: counts are per install only
if each app's first fetch of the day is in the log.`,
    )
    .action((text: string, options: AdoptionOptions) => {
      const account = readAccount(text);
      if (options.store && options.log === undefined)
        throw new UsageError('--store: expected a --log, found none');
      return carryOut(remote, { account }, async (client) => {
        const found =
          options.log === undefined
            ? (await client.call('showAdoption', { params: { account } })).body
            : await countLog(remote, client, account, options.log);
        if (options.store) await store(client, account, found.days);
        return present(remote, options, found, (answer) => adoptionText(answer, output.colour));
      });
    });

  remoteCommand(
    config,
    'rotation <account> <host> <pin>',
    'may servers of this host present a certificate with this key?',
    ['config rotation acme api.example.com sha256/…'],
    '0 safe, 1 not yet or never, 2 unknown, 64 bad usage.',
  ).action((text: string, hostText: string, pinText: string, options: CommonOptions) => {
    const account = readAccount(text);
    const host = hostOfName(readDomain(hostText));
    const pin = orUsageError('PIN', parsePin(pinText));
    return carryOut(remote, { account, domain: host }, async (client) => {
      const { body } = await client.call('showRotationAnswer', {
        params: { account },
        query: { host, pin },
      });
      present(remote, options, body, (answer) => answerText(answer, output.colour));
      return body.answer === 'safe' ? exitStatus.ok : exitStatus.appsFail;
    });
  });
}

async function countLog(remote: Remote, client: Client, account: string, file: string): Promise<Adoption> {
  const { keys, published } = (await client.call('showConfig', { params: { account } })).body;
  if (keys === null || published === null)
    throw new Failure('nothing was published, so no app holds anything');
  const days = new Map<string, Map<number, number>>();
  const add = ({ day, version }: LoggedInstall) => {
    const versions = days.get(day) ?? new Map<number, number>();
    versions.set(version, (versions.get(version) ?? 0) + 1);
    days.set(day, versions);
  };
  try {
    for await (const line of linesOf(remote.readChunks(file), mostLineCharacters)) {
      // Longer than a request can be, or not text: not a line of this log.
      if ('problem' in line) continue;
      const found = readLogLine(line.text, keys.channel, published.version);
      if (found !== null) add(found);
    }
  } catch (error) {
    throw new Failure(`--log: ${quote(file)}: ${(error as Error).message}`, exitStatus.usage);
  }
  const counted = [...days].map(([day, versions]) => dayCounts(day, versions));
  return { published: published.version, days: counted.sort((a, b) => (a.day < b.day ? 1 : -1)) };
}

async function store(client: Client, account: string, days: readonly DayCounts[]): Promise<void> {
  for (const { day, versions } of days) {
    await client.call('replaceAdoption', { params: { account, day }, body: { versions: [...versions] } });
  }
}

function adoptionText({ published, days }: Adoption, colour: boolean): string {
  if (published === null) return 'nothing was published\n';
  if (days.length === 0) return 'no install has told yet which version it holds\n';
  const rows = days.flatMap((counts) => {
    const all = installsOf(counts);
    return counts.versions.map(({ version, installs }, index): (string | Cell)[] => [
      index === 0 ? counts.day : '',
      version === published ? { text: String(version), style: 'green' } : String(version),
      String(installs),
      percent(installs, all),
    ]);
  });
  const shown = table(['day (UTC)', 'version', 'installs', 'share'], rows, colour);
  return `${shown}published: ${published}. Counts can be forged: take them as advice.\n`;
}

const styles = { safe: 'green', not_yet: 'yellow', never: 'red' } as const satisfies Record<string, Style>;
const words = { safe: 'safe', not_yet: 'not yet', never: 'never' };

function answerText({ answer, reasons, host, pin }: AnswerOf<'showRotationAnswer'>, colour: boolean): string {
  const paint = painter(colour);
  const [first = `apps that pinwatch knows of accept ${pin} at ${host}`, ...more] = reasons.map(
    ({ message }) => message,
  );
  const apps = reasons.flatMap(({ app }) => app ?? []);
  const whom =
    apps.length > 0 ? [...row('', `for ${plural(apps.length, 'app version')}: ${apps.join(', ')}`)] : [];
  return [
    ...labelled(paint, styles[answer], words[answer], first),
    ...more.flatMap((message) => row('', message)),
    ...whom,
    '',
  ].join('\n');
}
