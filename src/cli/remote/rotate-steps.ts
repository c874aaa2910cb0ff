/** Goes on with a rotation: shows it, and takes the steps that nothing stands against. */
import type { BodyOf } from '../../wire/exchange.ts';
import { exitStatus, UsageError } from '../usage.ts';
import type { Client } from './client.ts';
import { checked, publish } from './config-publish.ts';
import { Failure } from './failure.ts';
import { printable, printableJson } from './printable.ts';
import { confirmed, type Remote } from './remote.ts';
import type { RotateOptions } from './rotate-options.ts';
import { doneText, nextText, type Rotation, rotationText } from './rotate-text.ts';
import { follow, probeAll } from './rotate-wait.ts';

export interface Place {
  readonly domain: string;
  readonly id: string;
}

export async function goOn(
  remote: Remote,
  client: Client,
  account: string,
  { domain, id }: Place,
  options: RotateOptions,
  waitMs: number,
): Promise<number> {
  const params = { account, rotation: id };
  const show = () => client.call('showRotation', { params });
  const { output, clock } = remote;
  const until = performance.now() + waitMs;
  const command = `pinwatch rotate ${account} ${domain}`;
  // For one step: what stands against the next one is another matter.
  let { force = false, released = false } = options;
  let isFirst = true;
  for (;;) {
    let { body: rotation, etag } = await show();
    if (rotation.step === 'deploy' || rotation.step === 'retire') {
      await probeAll(client, account, rotation.domains);
      ({ body: rotation, etag } = await show());
    }
    const shown = printable(rotation);
    if (!options.json) {
      // In between, what has just been done and what comes next is enough.
      const isWhole = isFirst || rotation.step === null;
      output.stdout(isWhole ? rotationText(shown, clock(), output.colour) : doneText(shown, output.colour));
      // What is asked for, or done without asking, needs no command.
      const commands = isTakenHere(rotation, options, remote) ? [] : commandsFor(shown, command, account);
      if (rotation.step !== 'finish') output.stdout(nextText(shown, commands, output.colour));
    }
    isFirst = false;
    const task = { remote, client, account, rotation, etag, options: { ...options, force, released } };
    const taken = await take(task);
    if (taken === 'taken') {
      [force, released] = [false, false];
      continue;
    }
    const isAwaited = taken === 'waits' && performance.now() < until;
    if (isAwaited && (await follow({ ...task, json: options.json === true, until }))) continue;
    const last = isAwaited ? (await show()).body : rotation;
    if (options.json) output.stdout(`${printableJson({ rotation: last })}\n`);
    if (isAwaited) {
      output.stderr(`Not in time; go on later with: ${command}\n`);
      return exitStatus.undetermined;
    }
    return last.alarms.some(({ severity }) => severity === 'critical') ? exitStatus.appsFail : exitStatus.ok;
  }
}

interface Task {
  readonly remote: Remote;
  readonly client: Client;
  readonly account: string;
  readonly rotation: Rotation;
  readonly etag: string | null;
  readonly options: RotateOptions;
}

/** `taken`: a step was. `waits`: something outside has to happen first. `stopped`: a person has to decide. */
type Taken = 'taken' | 'waits' | 'stopped';

async function take(task: Task): Promise<Taken> {
  const { rotation, options, remote } = task;
  if (rotation.step === null) return 'stopped';
  if (options.released && rotation.step !== 'publish') {
    throw new UsageError(
      `--released: expected at the step "publish", found the rotation at "${rotation.step}"`,
    );
  }
  const mayAsk = mayTake(options, remote);
  switch (rotation.step) {
    case 'pin':
      if (rotation.obstacles.length > 0) return 'waits';
      return mayAsk ? asked(task, 'Pin the new key?', { step: 'pin' }) : 'stopped';
    case 'publish':
      if (rotation.delivery === 'release') return release(task);
      return mayAsk ? publishAll(task) : 'stopped';
    case 'adopt':
      return options.force ? step(task, { step: 'adopt', force: true }) : 'waits';
    case 'deploy':
      return 'waits';
    case 'retire': {
      const forced = options.force === true;
      if (rotation.obstacles.length > 0 && !forced) return 'stopped';
      return mayAsk ? asked(task, 'Remove the old pin?', { step: 'retire', force: forced }) : 'stopped';
    }
    case 'drop':
      return mayAsk ? publishAll(task) : 'stopped';
    case 'finish':
      return step(task, { step: 'finish' });
    default:
      return rotation.step satisfies never;
  }
}

/** The command is about to take the step itself. */
function isTakenHere(
  { step, delivery, obstacles }: Rotation,
  options: RotateOptions,
  remote: Remote,
): boolean {
  if (!mayTake(options, remote)) return false;
  if (step === 'pin' || step === 'retire') return obstacles.length === 0;
  return step === 'drop' || (step === 'publish' && delivery === 'configuration');
}

function mayTake({ yes, json }: RotateOptions, { confirm }: Remote): boolean {
  return yes === true || (confirm !== null && json !== true);
}

type Wanted = Pick<BodyOf<'takeRotationStep'>, 'step' | 'force'>;

async function asked(task: Task, question: string, wanted: Wanted): Promise<Taken> {
  if (!(await confirmed(task.remote, task.options, question))) return 'stopped';
  return step(task, wanted);
}

async function step({ client, account, rotation, etag, options }: Task, wanted: Wanted): Promise<Taken> {
  const params = { account, rotation: rotation.id };
  const body = { ...wanted, note: options.note ?? '' };
  await client.call('takeRotationStep', { params, body, ifMatch: etag, timeoutMs: stepTimeoutMs });
  return 'taken';
}

/** The server probes every endpoint several times before a pin is removed. */
export const stepTimeoutMs = 310_000;

async function release(task: Task): Promise<Taken> {
  const { options } = task;
  if (!options.released) return 'waits';
  if ((options.note ?? '').trim() === '')
    throw new UsageError('--released: expected a --note that names the app version, found none');
  return step(task, { step: 'publish' });
}

/** Publishes what the registry says, for the account as a whole, after showing it. */
async function publishAll({ remote, client, account, rotation, options }: Task): Promise<Taken> {
  const note = options.note || `rotation of ${rotation.domains[0]}`;
  // With --json, standard output is for the rotation alone.
  const quiet = options.json ? { ...remote, output: { ...remote.output, stdout: () => {} } } : remote;
  try {
    const candidate = await checked(client, account, {});
    if (candidate.changes.length === 0) {
      remote.output.stderr('Nothing to publish: the pins are not in the registry as they should be.\n');
      return 'stopped';
    }
    const unpinned = candidate.findings.filter(({ override }) => override === 'allow_unpin');
    if (unpinned.length > 0) {
      const flags = unpinned.map(({ host }) => `--allow-unpin ${host}`).join(' ');
      throw new Failure(
        `Apps would check less of ${unpinned.map(({ host }) => host).join(', ')}, which is no part of a rotation. If that is meant, publish first:\n` +
          `pinwatch config publish ${account} ${flags} --note "why"`,
        exitStatus.appsFail,
      );
    }
    const { force = false, yes = false } = options;
    const status = await publish(quiet, client, account, candidate, { note, force, yes });
    return status === exitStatus.ok ? 'taken' : 'stopped';
  } catch (error) {
    // Forbidden and unknown look alike, and the account is known.
    if (!(error instanceof Failure) || error.code !== 'not_found') throw error;
    throw new Failure('This token may not publish: have an account-publisher go on with the same command.');
  }
}

function commandsFor({ step, delivery, domains, pin }: Rotation, command: string, account: string): string[] {
  switch (step) {
    case null:
    case 'pin':
    case 'retire':
    case 'drop':
    case 'finish':
      return step === null ? [] : [command];
    case 'publish':
      return delivery === 'configuration'
        ? [command]
        : [
            `pinwatch pin-set export FORMAT ${account} --domain ${domains[0]} --for-rotation ${pin}`,
            `${command} --released --note "android 5.4"`,
          ];
    case 'adopt':
      return [`${command} --wait 24h`, `${command} --force --note "why not wait"`];
    case 'deploy':
      return [`${command} --certificate FILE`, `${command} --wait 30m`];
    default:
      return step satisfies never;
  }
}
