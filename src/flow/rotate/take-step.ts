/** Takes one step of a rotation, unless apps would break; says which. */

import { rfc3339 } from '../../core/clock.ts';
import type { Obstacle } from '../../core/rotation-obstacle.ts';
import { retireObstacles } from '../../core/rotation-obstacles.ts';
import { hasArrived, type RotationStep } from '../../core/rotation-standing.ts';
import { type Actor, type Outcome, type Refused, refuse } from '../admin/outcome.ts';
import { changePins } from '../admin/pins.ts';
import { lookAfresh } from './look-afresh.ts';
import { pinNewKey, within } from './pin-new-key.ts';
import type { RotationPorts } from './ports.ts';
import { saveRotation } from './save-rotation.ts';
import { type ShownRotation, showRotation, staleRotation } from './show-rotation.ts';

/** The steps that are taken here. The others happen elsewhere: a publication, a deployment. */
export const takenSteps = [
  'pin',
  'publish',
  'adopt',
  'retire',
  'finish',
] as const satisfies readonly RotationStep[];

export interface StepRequest {
  readonly step: (typeof takenSteps)[number];
  readonly note: string;
  /** In spite of what stands against it. */
  readonly force: boolean;
}

type Result = Outcome<ShownRotation>;

/** `expected`: what the caller has read; undefined: whatever is stored. */
export async function takeStep(
  account: string,
  id: string,
  request: StepRequest,
  expected: string | undefined,
  actor: Actor,
  ports: RotationPorts,
  signal: AbortSignal,
): Promise<Result> {
  const shown = await showRotation(account, id, ports);
  if (!shown.ok) return shown;
  const { value: rotation, text, standing } = shown.value;
  if (expected !== undefined && expected !== text) return staleRotation;
  if (rotation.ended !== null) {
    return refuse(
      'unprocessable',
      `the rotation was ${rotation.ended.how} by ${rotation.ended.by} at ${rotation.ended.at}`,
    );
  }
  const state = standing.steps.find(({ step }) => step === request.step)?.state;
  if (state === 'done') return shown;
  const task = { account, shown: shown.value, request, actor, ports, signal };
  switch (request.step) {
    case 'pin':
      return pinStep(task);
    case 'publish':
      return releaseStep(task);
    case 'adopt':
      return adoptStep(task);
    case 'retire':
      return retireStep(task);
    case 'finish':
      return finishStep(task);
    default:
      return request.step satisfies never;
  }
}

interface Task {
  readonly account: string;
  readonly shown: ShownRotation;
  readonly request: StepRequest;
  readonly actor: Actor;
  readonly ports: RotationPorts;
  readonly signal: AbortSignal;
}

async function pinStep({ account, shown, actor, ports }: Task): Promise<Result> {
  const pinned = await pinNewKey(account, shown.value, shown.facts.domains, actor, ports);
  return pinned.ok ? showRotation(account, shown.value.id, ports) : pinned;
}

/** For apps that ship their pins: a person says that a version with the new pin is out. */
async function releaseStep({ account, shown, request, actor, ports }: Task): Promise<Result> {
  const { facts, standing } = shown;
  if (facts.delivered.length > 0) {
    return refuse(
      'unprocessable',
      `a signed configuration delivers the pins of ${facts.delivered.map(({ host }) => host).join(', ')}: publish it`,
    );
  }
  if (standing.step !== 'publish') return notYet(shown);
  if (request.note.trim() === '') {
    return refuse(
      'unprocessable',
      'expected a note that names the app version that was released with the new pin',
    );
  }
  const released = decision(request, actor, ports);
  return saveRotation(
    account,
    shown,
    { released },
    ['rotation_continued', `released; note: ${request.note}`],
    actor,
    ports,
  );
}

async function adoptStep({ account, shown, request, actor, ports }: Task): Promise<Result> {
  const { facts, standing } = shown;
  if (standing.step !== 'adopt') return notYet(shown);
  const refusal = guarded(facts.unready, request, 'these apps would fail once the new key is presented');
  if (refusal !== null) return refusal;
  const goAhead = decision(request, actor, ports);
  const whose = facts.unready.map(({ message }) => message).join('; ');
  const detail = `goes on without waiting; ${whose}; note: ${request.note}`;
  return saveRotation(account, shown, { goAhead }, ['rotation_continued', detail], actor, ports);
}

/** Probes every endpoint first, several times: a balancer shows a forgotten server only now and then. */
async function retireStep({ account, shown, request, actor, ports, signal }: Task): Promise<Result> {
  const { value: rotation, facts, standing } = shown;
  if (!['deploy', 'retire'].includes(standing.step ?? '')) return notYet(shown);
  const { domains } = facts;
  const endpoints = await lookAfresh(account, rotation, domains, ports, signal);
  const obstacles = retireObstacles(rotation, facts, endpoints);
  const refusal = guarded(obstacles, request, 'the old pin stays');
  if (refusal !== null) return refusal;
  for (const { name, pins, provisionedBy } of domains) {
    const kept = pins.filter((pin) => !rotation.retires.includes(pin));
    if (kept.length === pins.length || provisionedBy !== null) continue;
    const note = request.note || `no endpoint presents it any more, rotation ${rotation.id}`;
    const change = { pins: kept, note, force: request.force };
    const outcome = await changePins({ account, domain: name }, change, undefined, actor, ports);
    if (!outcome.ok) return within(name, outcome);
  }
  const left = domains.filter(
    ({ pins, provisionedBy }) => provisionedBy !== null && rotation.retires.some((pin) => pins.includes(pin)),
  );
  if (left.length > 0) {
    const where = left.map(({ name, provisionedBy }) => `${name} in ${provisionedBy}`).join(', ');
    return refuse('provisioned', `remove ${rotation.retires.join(', ')} from ${where}, then reload it`);
  }
  const next = await showRotation(account, rotation.id, ports);
  return next.ok && next.value.standing.step === 'finish'
    ? finish(account, next.value, '', actor, ports)
    : next;
}

async function finishStep({ account, shown, request, actor, ports }: Task): Promise<Result> {
  return shown.standing.step === 'finish'
    ? finish(account, shown, request.note, actor, ports)
    : notYet(shown);
}

function finish(account: string, shown: ShownRotation, note: string, actor: Actor, ports: RotationPorts) {
  const { pin, retires } = shown.value;
  const ended = { how: 'finished' as const, by: actor.name, at: rfc3339(ports.clock()), note };
  const detail = `${pin} replaces ${retires.join(', ') || 'the old key'}`;
  return saveRotation(account, shown, { ended }, ['rotation_finished', detail], actor, ports);
}

function decision({ note }: StepRequest, { name }: Actor, { clock }: RotationPorts) {
  return { by: name, at: rfc3339(clock()), note };
}

function guarded(
  obstacles: readonly Obstacle[],
  { force, note }: StepRequest,
  consequence: string,
): Refused | null {
  const left = obstacles.filter(({ override }) => override === 'nothing' || !force);
  if (left.length > 0) {
    const detail = `${left.map(({ message }) => message).join('; ')}: ${consequence}`;
    const isFinal = left.some(({ override }) => override === 'nothing');
    return { ok: false, refusal: { kind: 'guarded', detail, ...(isFinal ? { forcible: false } : {}) } };
  }
  return obstacles.length > 0 && note.trim() === ''
    ? refuse('guarded', 'to go on in spite of what stands against it, give the reason in a note')
    : null;
}

function notYet({ standing: { step, steps, endpoints } }: ShownRotation): Refused {
  const current = steps.find((one) => one.step === step);
  const what = hasArrived(endpoints) || step !== 'deploy' ? '' : 'not every endpoint presents the new key; ';
  return refuse(
    'unprocessable',
    `not yet: ${what}the rotation is at the step "${step}": ${current?.detail || 'to be done'}`,
  );
}
