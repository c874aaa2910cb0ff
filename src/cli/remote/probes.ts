import type { Command } from 'commander';
import { parseDuration } from '../../core/duration.ts';
import { plural } from '../../core/plural.ts';
import type { AnswerOf } from '../../wire/exchange.ts';
import { statusOf } from '../check.ts';
import { checkTable } from '../check-table.ts';
import { unique } from '../probing-options.ts';
import { table } from '../table.ts';
import { exitStatus, gravestStatus, orUsageError, UsageError } from '../usage.ts';
import type { Client } from './client.ts';
import { verdictCell } from './domain-text.ts';
import { progressBar } from './progress.ts';
import {
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
  readonly wait?: string;
}

/** Node.js refuses a request with more than 16 KB of headers. */
const mostIdCharacters = 8_000;
const longestWaitMs = 600_000;

export function addProbeCommand(pinwatch: Command, remote: Remote): void {
  remoteCommand(pinwatch, 'probe <account> [domains...]', 'probe domains now, ahead of the schedule', [
    'probe acme api.example.com --wait 20s',
    'probe acme --all --wait 2m',
  ])
    .option('--all', 'all domains of the account')
    .option('--wait <duration>', 'wait this long for the answers, at most 10m (default: print the ids)')
    .addHelpText(
      'after',
      '\nWith --wait the exit status is that of "check" for the worst answer: 0 apps can\nconnect, 1 apps would fail, 2 could not be determined, or not in time.',
    )
    .action((accountArgument: string, domainArguments: readonly string[], options: CheckOptions) => {
      const account = readAccount(accountArgument);
      const domains = unique(domainArguments.map(readDomain));
      if (domains.length === 0 && !options.all)
        throw new UsageError('expected a DOMAIN, or --all for all of them');
      if (domains.length > 0 && options.all)
        throw new UsageError('expected either domains or --all, found both');
      const waitMs = options.wait === undefined ? null : orUsageError('--wait', parseDuration(options.wait));
      if (waitMs !== null && waitMs > longestWaitMs) throw new UsageError('--wait: expected at most 10m');
      const [domain] = domains;
      return carryOut(remote, { account, ...(domain ? { domain } : {}) }, async (client) => {
        const body = options.all ? {} : { domains };
        const { probes } = (await client.call('requestProbes', { params: { account }, body })).body;
        const answers = waitMs === null ? probes : await wait(remote, client, account, probes, waitMs);
        present(remote, options, { probes: answers }, (shown) =>
          probesText(shown.probes, waitMs !== null, remote),
        );
        if (waitMs === null) return exitStatus.ok;
        const late = answers.filter(isUnanswered).length;
        if (late > 0) {
          remote.output.stderr(
            `${late} of ${plural(answers.length, 'probe')} not answered within ${options.wait}. ` +
              'See the results later with "pinwatch domain show".\n',
          );
        }
        return worst(answers);
      });
    });
}

/** Each probe as it ended, or as it was requested if it has not ended in time. */
async function wait(
  { showsProgress, output }: Remote,
  client: Client,
  account: string,
  probes: readonly Probe[],
  waitMs: number,
): Promise<Probe[]> {
  const answers = new Map(probes.map((probe) => [probe.id, probe]));
  const progress = showsProgress && probes.length > 1 ? progressBar(output.stderr) : null;
  const signal = AbortSignal.timeout(waitMs);
  let done = 0;
  progress?.show(done, answers.size);
  const follow = async (ids: readonly string[]) => {
    const request = { params: { account }, query: { ids: ids.join(',') } };
    for await (const { event, data } of client.follow('followProbes', request, signal)) {
      if (event !== 'probe' || !answers.has(data.id)) continue;
      const { progress: _progress, ...probe } = data;
      answers.set(probe.id, probe);
      done += 1;
      progress?.show(done, answers.size);
    }
  };
  try {
    await Promise.all(portions([...answers.keys()]).map(follow));
  } finally {
    progress?.end();
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
