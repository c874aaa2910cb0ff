import type { Command } from 'commander';
import { parseDuration } from '../../core/duration.ts';
import { plural } from '../../core/plural.ts';
import { quote } from '../../core/quote.ts';
import type { AnswerOf } from '../../wire/exchange.ts';
import { statusOf } from '../check-status.ts';
import { checkTable } from '../check-table.ts';
import { progressOf } from '../output.ts';
import { pooled } from '../pool.ts';
import { unique } from '../probing-options.ts';
import { table } from '../table.ts';
import { exitStatus, gravestStatus, orUsageError, UsageError } from '../usage.ts';
import type { Client } from './client.ts';
import { verdictCell } from './domain-text.ts';
import { Failure } from './failure.ts';
import { printable } from './printable.ts';
import {
  accountNames,
  type CommonOptions,
  carryOut,
  present,
  type Remote,
  readAccount,
  readDomain,
  remoteCommand,
} from './remote.ts';

type Probe = AnswerOf<'showProbe'>;

interface CheckOptions extends CommonOptions {
  readonly all?: boolean;
  /** false for `--no-wait`. */
  readonly wait?: string | false;
}

/** Node.js refuses a request with more than 16 KB of headers. */
const mostIdCharacters = 8_000;
const longestWaitMs = 600_000;
/** Concurrent requests to the API. */
const width = 8;

/** How long a probe is waited for if nothing else is said; each one ends by its own deadline. */
const longestWait = '10m';

export function addProbeCommand(pinwatch: Command, remote: Remote): void {
  const probe = remoteCommand(
    pinwatch,
    'probe <account> [domains...]',
    'probe domains now, ahead of the schedule, and show the answers',
    ['probe acme api.example.com', 'probe acme --all --wait 2m', 'probe acme --all --no-wait'],
    '0 apps can connect, 1 apps would fail, 2 could not be determined, or not in time, 64 bad usage. The worst domain counts. With --no-wait: 0 requested.',
  )
    .usage('[options] <account> [domains...]')
    .option('--all', 'all domains of the account')
    .option('--wait <duration>', `wait at most this long for the answers (default: ${longestWait}, the most)`)
    .option('--no-wait', 'do not wait: print the ids, for "probe show"')
    .action((accountArgument: string, domainArguments: readonly string[], options: CheckOptions) => {
      const account = readAccount(accountArgument);
      const domains = unique(domainArguments.map(readDomain));
      if (domains.length === 0 && !options.all)
        throw new UsageError('expected a DOMAIN, or --all for all of them');
      if (domains.length > 0 && options.all)
        throw new UsageError('expected either domains or --all, found both');
      const waitMs = options.wait === false ? null : readWait(options.wait ?? longestWait);
      const [domain] = domains;
      return carryOut(remote, { account, ...(domain ? { domain } : {}) }, async (client) => {
        const body = options.all ? {} : { domains };
        const { probes } = (await client.call('requestProbes', { params: { account }, body })).body;
        const answers =
          waitMs === null ? probes : await wait(remote, options, client, account, probes, waitMs);
        present(remote, options, { probes: answers }, (shown) =>
          probesText(shown.probes, waitMs !== null, remote),
        );
        if (waitMs === null) return exitStatus.ok;
        const late = answers.filter(isUnanswered).length;
        if (late > 0) {
          remote.output.stderr(
            `${late} of ${plural(answers.length, 'probe')} not answered within ${options.wait || longestWait}. ` +
              'See the results later with "pinwatch probe show".\n',
          );
        }
        return worst(answers);
      });
    });
  addProbeShow(probe, remote);
}

function addProbeShow(probe: Command, remote: Remote): void {
  remoteCommand(
    probe,
    'show <id>',
    'the result of a requested probe, for an hour after it ended',
    ['probe show pR3b0q-K_x1Zd', 'probe show pR3b0q-K_x1Zd --account acme --json'],
    '0 apps can connect, 1 apps would fail, 2 could not be determined, or has not ended, 64 bad usage.',
  )
    .option('--account <account>', 'whose probe it is (default: all accounts that you may see)')
    .action((id: string, options: CommonOptions & { readonly account?: string }) => {
      const own = options.account === undefined ? null : readAccount(options.account);
      return carryOut(remote, own === null ? {} : { account: own }, async (client) => {
        const found = await probeOf(client, own === null ? await accountNames(client) : [own], id);
        present(remote, options, found, (shown) => probesText([shown], true, remote));
        return worst([found]);
      });
    });
}

/** The API knows a probe only together with its account. */
async function probeOf(client: Client, accounts: readonly string[], id: string): Promise<Probe> {
  const found = await pooled(accounts, width, async (account) => {
    try {
      return (await client.call('showProbe', { params: { account, probe: id } })).body;
    } catch (error) {
      if (error instanceof Failure && error.code === 'not_found') return null;
      throw error;
    }
  });
  const probe = found.find((one) => one !== null);
  if (probe) return probe;
  throw new Failure(
    `Not found: no probe "${printable(id)}". A probe can be shown for an hour after it ended; ` +
      'later, "pinwatch domain show" has the last one.',
  );
}

function readWait(text: string): number {
  const waitMs = orUsageError('--wait', parseDuration(text));
  if (waitMs > longestWaitMs)
    throw new UsageError(`--wait: expected at most ${longestWait}, found ${quote(text)}`);
  return waitMs;
}

/** Each probe as it ended, or as it was requested if it has not ended in time. */
async function wait(
  { output }: Remote,
  options: CommonOptions,
  client: Client,
  account: string,
  probes: readonly Probe[],
  waitMs: number,
): Promise<Probe[]> {
  const answers = new Map(probes.map((probe) => [probe.id, probe]));
  const progress = progressOf(output, options, `probing ${plural(probes.length, 'domain')}`);
  const signal = AbortSignal.timeout(waitMs);
  let done = 0;
  progress.step(done, answers.size);
  const follow = async (ids: readonly string[]) => {
    const request = { params: { account }, query: { ids: ids.join(',') } };
    for await (const { event, data } of client.follow('followProbes', request, signal)) {
      if (event !== 'probe' || !answers.has(data.id)) continue;
      const { progress: _progress, ...probe } = data;
      answers.set(probe.id, probe);
      done += 1;
      progress.step(done, answers.size);
    }
  };
  try {
    await Promise.all(portions([...answers.keys()]).map(follow));
  } finally {
    progress.end();
  }
  return [...answers.values()];
}

/** The ids in portions that fit into one URL. */
function portions(ids: readonly string[]): string[][] {
  const all: string[][] = [];
  let characters = mostIdCharacters;
  for (const id of ids) {
    // A comma is three characters in a query.
    characters += encodeURIComponent(id).length + 3;
    if (characters > mostIdCharacters) {
      all.push([]);
      characters = id.length;
    }
    all.at(-1)?.push(id);
  }
  return all;
}

function worst(answers: readonly Probe[]): number {
  const statuses = answers.map(({ state, check }) =>
    state === 'done' && check !== null ? statusOf(check) : exitStatus.undetermined,
  );
  return gravestStatus(new Set(statuses));
}

function probesText(probes: readonly Probe[], waited: boolean, { output, clock }: Remote): string {
  const { colour } = output;
  const [first] = probes;
  if (first === undefined) return 'no domains\n';
  if (waited && probes.length === 1 && first.check !== null) return checkTable(first.check, clock(), colour);
  const rows = probes.map((probe) => [
    probe.domain,
    probe.state === 'done'
      ? verdictCell(probe.verdict)
      : waited && isUnanswered(probe)
        ? 'no answer yet'
        : probe.state,
    !waited ? probe.id : probe.state === 'done' ? findingsOf(probe) : `probe ${probe.id}`,
  ]);
  return table(['domain', waited ? 'verdict' : 'state', waited ? 'findings' : 'probe'], rows, colour);
}

function isUnanswered({ state }: Probe): boolean {
  return state === 'waiting' || state === 'running';
}

function findingsOf({ check }: Probe): string {
  return (check?.findings ?? []).map(({ code }) => code).join(', ');
}
