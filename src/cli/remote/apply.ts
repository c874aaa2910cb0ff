import { basename } from 'node:path';
import type { Command } from 'commander';
import { formatProblems } from '../../config/problem.ts';
import { parseAccountName } from '../../core/account-name.ts';
import type { AppliedAccount } from '../../core/channel-change.ts';
import { domainName } from '../../core/domain.ts';
import { serverUnchanged } from '../../core/server-unchanged.ts';
import { painter } from '../layout.ts';
import { progressOf } from '../output.ts';
import { pooled } from '../pool.ts';
import { exitStatus, orUsageError, UsageError } from '../usage.ts';
import { type Change, carryOutSteps } from './apply-steps.ts';
import type { Answer, Client } from './client.ts';
import { troubles } from './domain-text.ts';
import { Failure } from './failure.ts';
import { forceable, readForce } from './pins.ts';
import { type Plan, type Present, planOf } from './plan.ts';
import type { PresentPinSets } from './plan-pin-sets.ts';
import { planText, stepLines, totalText } from './plan-text.ts';
import { printable, printableJson } from './printable.ts';
import { type CommonOptions, carryOut, domainsOf, type Remote, remoteCommand } from './remote.ts';

interface ApplyOptions extends CommonOptions {
  readonly file: string;
  readonly account?: string;
  readonly prune?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly note?: string;
}

/** Concurrent requests to the API. */
const width = 8;
/** The server probes a domain for up to a minute before it answers. */
const previewTimeoutMs = 75_000;

export function addApplyCommand(pinwatch: Command, remote: Remote): void {
  const apply = remoteCommand(
    pinwatch,
    'apply',
    'make an account match a file: contacts, domains, pins and pin sets',
    ['apply -f acme.yaml --dry-run', 'apply -f acme.yaml --prune --yes'],
    '0 done, or nothing to do; 1 refused because apps would fail; 2 not done for another reason; 3 with --dry-run: there is something to do; 64 bad usage.',
  )
    .requiredOption('-f, --file <file>', 'accounts as in the configuration, or - for standard input')
    .option(
      '--account <account>',
      'only this account; or the name for a file that has one account without a name',
    )
    .option('--prune', 'remove domains that are not in the file, and pin sets if it has any')
    .option('--dry-run', 'print the plan and change nothing')
    .option('-y, --yes', 'do not ask for confirmation');
  forceable(apply)
    .addHelpText(
      'after',
      `
Prints the plan first and, on a terminal, asks for confirmation. If the guard
refuses a change of pins or a domain cannot be added, nothing is changed. A
second run finds nothing to do. A domain without pins in the file is pinned to
what it presents when it is added, and keeps those pins.`,
    )
    .action(async (options: ApplyOptions) => {
      const account = options.account && orUsageError('--account', parseAccountName(options.account));
      const { note, force } = readForce(options);
      const loaded = await remote.accounts(options.file, account);
      if (!loaded.ok) throw new UsageError(formatProblems(options.file, loaded.problems));
      for (const warning of loaded.warnings) remote.output.stderr(`warning: ${warning}\n`);
      const reason = note === '' ? `applied from ${basename(options.file)}` : note;
      const channels = new Map(
        loaded.accounts.flatMap(({ name, channels }) => (channels ? [[name, channels]] : [])),
      );
      await carryOut(remote, {}, async (client) => {
        const plans = [];
        const progress = progressOf(remote.output, options, 'comparing the file with what is watched');
        const say = busy(remote);
        const onBusy = (seconds: number) => {
          progress.hide();
          say(seconds);
        };
        try {
          for (const [index, wanted] of loaded.accounts.entries()) {
            progress.step(index, loaded.accounts.length);
            plans.push(await prepared(client, wanted, options.prune === true, onBusy));
          }
        } finally {
          progress.end();
        }
        return applied(remote, client, plans, options, { note: reason, force, channels });
      });
    });
}

interface Prepared {
  readonly plan: Plan;
  /** What would be refused, the guard's first. */
  readonly guarded: readonly string[];
  readonly refusals: readonly string[];
  readonly warnings: readonly string[];
}

/** Reads everything that a plan needs, and changes nothing. */
async function prepared(
  client: Client,
  wanted: AppliedAccount,
  prune: boolean,
  onBusy: (seconds: number) => void,
): Promise<Prepared> {
  const present = await presentState(client, wanted, prune);
  const plan = planOf(wanted, present, prune);
  const guarded = plan.steps.flatMap((step) =>
    step.action === 'change_pins' && step.guarded !== null ? [`${step.domain}: ${step.guarded}`] : [],
  );
  const additions = plan.steps.filter((step) => step.action === 'add_domain');
  const query = { dryRun: true, newAccount: present === null };
  const looks = await pooled(additions, width, async ({ domain, pins, settings }) => {
    const body = { host: domain, pins, ...settings };
    const params = { account: plan.account };
    const request = { params, body, query, timeoutMs: previewTimeoutMs, onBusy };
    try {
      const { check } = (await client.call('addDomain', request)).body;
      return { warnings: troubles(check).map((trouble) => `${domain}: ${trouble}`), refusal: null };
    } catch (error) {
      // The token may not create the account: the same error for every domain.
      if (!(error instanceof Failure) || ['unreachable', 'not_found'].includes(error.code)) throw error;
      return { warnings: [], refusal: `${domain}: ${error.message}` };
    }
  });
  return {
    plan,
    guarded,
    refusals: [...plan.refusals.map(printable), ...looks.flatMap(({ refusal }) => refusal ?? [])],
    warnings: [...looks.flatMap(({ warnings }) => warnings), ...standingMismatches(plan, present)],
  };
}

/** Warnings that a change of pins does not fix the server while a mismatch is open. */
function standingMismatches({ steps }: Plan, present: Present | null): string[] {
  return steps.flatMap((step) => {
    const found = step.action === 'change_pins' ? present?.domains.get(step.domain)?.body : undefined;
    const open = found?.incidents.find(({ kind }) => kind === 'pin_mismatch');
    if (step.action !== 'change_pins' || found === undefined || open === undefined) return [];
    const before = found.pins.map(({ pin }) => pin);
    return serverUnchanged(step.domain, open.since, before, step.pins) ?? [];
  });
}

async function presentState(client: Client, wanted: AppliedAccount, prune: boolean): Promise<Present | null> {
  let account: Answer<'showAccount'>;
  try {
    account = await client.call('showAccount', { params: { account: wanted.name } });
  } catch (error) {
    if (error instanceof Failure && error.code === 'not_found') return null;
    throw error;
  }
  const summaries = await domainsOf(client, wanted.name);
  const names = new Set(wanted.domains.map(domainName));
  const needed = summaries.filter(({ name }) => prune || names.has(name));
  const answers = await pooled(needed, width, async ({ name }) => {
    const params = { account: wanted.name, domain: name };
    const answer = await client.call('showDomain', { params });
    return [name, answer] as const;
  });
  const pinSets = wanted.pinSets === undefined ? null : await presentPinSets(client, wanted.name);
  return { account, summaries, domains: new Map(answers), pinSets };
}

async function presentPinSets(client: Client, account: string): Promise<PresentPinSets> {
  const { body } = await client.call('listPinSets', { params: { account } });
  const names = [...new Set(body.pinSets.map((set) => set.import))];
  const answers = await pooled(names, width, async (name) => {
    return [name, await client.call('showPinSet', { params: { account, name } })] as const;
  });
  return new Map(answers);
}

async function applied(
  remote: Remote,
  client: Client,
  all: readonly Prepared[],
  { dryRun, yes, json }: ApplyOptions,
  change: Change,
): Promise<number> {
  const { output, confirm } = remote;
  const plans = all.map(({ plan }) => plan);
  const count = plans.reduce((sum, { steps }) => sum + steps.length, 0);
  const report = (done: boolean) => {
    if (json) output.stdout(`${printableJson({ applied: done, plans })}\n`);
  };
  if (!json) for (const plan of plans) output.stdout(planText(printable(plan), output.colour));
  for (const warning of all.flatMap(({ warnings }) => warnings))
    output.stderr(`warning: ${printable(warning)}\n`);

  const refusals = all.flatMap(({ refusals }) => refusals);
  const guarded = change.force ? [] : all.flatMap(({ guarded }) => guarded);
  if (refusals.length + guarded.length > 0) {
    report(false);
    const hint = guarded.length > 0 ? ['To do it anyway: --force --note "why"'] : [];
    const lines = [...guarded.map(printable), ...refusals, 'Refused; nothing was changed.', ...hint];
    throw new Failure(lines.join('\n'), guarded.length > 0 ? exitStatus.appsFail : exitStatus.undetermined);
  }
  if (dryRun) {
    report(false);
    if (!json) output.stdout(totalText(plans));
    return count === 0 ? exitStatus.ok : exitStatus.changes;
  }
  if (count === 0) {
    report(false);
    return exitStatus.ok;
  }
  const changes = count === 1 ? '1 change' : `${count} changes`;
  if (!yes && confirm !== null && !(await confirm(`Make ${changes}?`))) {
    report(false);
    output.stderr('Nothing was done.\n');
    return exitStatus.undetermined;
  }
  const done: string[] = [];
  // Adding a domain that does not answer takes seconds.
  const progress = progressOf(output, { json: json === true }, `making ${changes}`);
  progress.step(0, count);
  try {
    for (const plan of plans) {
      const onFailure = (failure: Failure) => stopped(failure, done, count);
      const say = busy(remote);
      const onBusy = (seconds: number) => {
        progress.hide();
        say(seconds);
      };
      for await (const step of carryOutSteps(client, plan, change, onFailure, onBusy)) {
        done.push(`${plan.account}: ${printable(stepLines(step, painter(false))[0] ?? '')}`);
        progress.step(done.length, count);
      }
    }
  } finally {
    progress.end();
  }
  report(true);
  if (!json) output.stdout(`${changes} made\n`);
  return exitStatus.ok;
}

/** The API limits changes per minute, so a large file takes a while. Printed once. */
function busy({ output }: Remote): (seconds: number) => void {
  let isSaid = false;
  return (seconds) => {
    if (!isSaid)
      output.stderr(
        `rate limit reached (http.probesPerMinute, http.changesPerMinute): continuing in ${seconds} s\n`,
      );
    isSaid = true;
  };
}

/** The failure, with the changes that were applied before it. */
function stopped(failure: Failure, done: readonly string[], count: number): Failure {
  const before =
    done.length === 0 ? ['Nothing was changed.'] : ['Already applied:', ...done.map((line) => `  ${line}`)];
  const left = `${count - done.length} of ${count} changes were not made; run it again to make them.`;
  return new Failure([failure.message, ...before, left].join('\n'), failure.exitStatus, failure.code);
}
