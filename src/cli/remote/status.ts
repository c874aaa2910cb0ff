/** What is wrong, in all accounts that you may see. */
import type { Command } from 'commander';
import { plural } from '../../core/plural.ts';
import type { AnswerOf } from '../../wire/exchange.ts';
import { labelled, painter, row } from '../layout.ts';
import { table } from '../table.ts';
import { exitStatus } from '../usage.ts';
import { isMuted, verdictCell } from './domain-text.ts';
import { ago, type CommonOptions, carryOut, present, type Remote, remoteCommand } from './remote.ts';

type Status = AnswerOf<'showStatus'>;

export function addStatusCommand(pinwatch: Command, remote: Remote): void {
  const { output, clock } = remote;
  remoteCommand(
    pinwatch,
    'status',
    'everything that is wrong, in all accounts that you may see',
    ['status'],
    "0 nothing is wrong, 1 apps fail, 2 something could not be probed or nothing is watched, 64 bad usage. Muted domains are shown but don't count.",
  ).action((options: CommonOptions) =>
    carryOut(remote, {}, async (client) => {
      const { body } = await client.call('showStatus', {});
      present(remote, options, body, (answer) => statusText(answer, clock(), output.colour));
      return statusOf(body, clock());
    }),
  );
}

function statusOf({ watch, incidents, problems }: Status, now: number): number {
  const counted = problems.filter(({ mutedUntil }) => !isMuted(mutedUntil, now));
  if (counted.some(({ harm }) => harm === 'fail')) return exitStatus.appsFail;
  const isRegionAway = watch.regions?.some(({ workers }) => workers === 0) === true;
  const isBlind = incidents.some(({ kind }) => kind === 'blind') || watch.workers === 0 || isRegionAway;
  const isUnknown = watch.late || isBlind || counted.some(({ harm }) => harm === 'unknown');
  return isUnknown ? exitStatus.undetermined : exitStatus.ok;
}

function statusText(
  { watch, domains, incidents, problems, more }: Status,
  now: number,
  colour: boolean,
): string {
  const paint = painter(colour);
  const { lastSweepAt, nextSweepAt, late, noticesPending, workers, regions = [] } = watch;
  const probing = workers === null ? '' : `; ${plural(workers, 'worker')}`;
  const sweeps = `last sweep ${ago(lastSweepAt, now)}, next ${ago(nextSweepAt, now)}`;
  const head = [
    ...(late
      ? labelled(paint, 'red', 'watch', `no sweep begins: nothing is watched (${sweeps})`)
      : row('watch', `${plural(domains, 'domain')}; ${sweeps}${probing}`)),
    ...regions.flatMap(({ region, workers }) =>
      workers === 0
        ? labelled(paint, 'red', 'region', `${region}: no worker answers, nobody looks from there`)
        : row('region', `${region}: ${plural(workers, 'worker')}`),
    ),
    ...(noticesPending !== null && noticesPending > 0
      ? row('mail', `${plural(noticesPending, 'notice')} not sent yet`)
      : []),
    ...incidents.flatMap(({ kind, accounts }) =>
      labelled(paint, kind === 'blind' ? 'red' : 'yellow', 'open', `${kind}: ${plural(accounts, 'account')}`),
    ),
  ].join('\n');
  const isHeadAll = incidents.length > 0 || regions.some((one) => one.workers === 0);
  if (problems.length === 0) return isHeadAll ? `${head}\n` : `${head}\nnothing is wrong\n`;
  const rows = problems.map((problem) => [
    problem.account,
    problem.domain,
    verdictCell(problem.verdict),
    ago(problem.lastProbeAt, now),
    problem.expiresAt === null ? '' : ago(problem.expiresAt, now),
    whatIsWrong(problem, now),
  ]);
  const shown = table(['account', 'domain', 'verdict', 'probed', 'expires', 'what is wrong'], rows, colour);
  return `${head}\n\n${shown}${more === 0 ? '' : `and ${more} more\n`}`;
}

function whatIsWrong(
  { open, failure, noBackupPin, mutedUntil }: Status['problems'][number],
  now: number,
): string {
  return [
    ...open,
    ...(failure === null
      ? []
      : [failure === 'target_forbidden' ? `${failure} (see network.allow)` : failure]),
    ...(noBackupPin ? ['no_backup_pin'] : []),
    ...(isMuted(mutedUntil, now) ? [`muted until ${mutedUntil}`] : []),
  ].join(', ');
}
