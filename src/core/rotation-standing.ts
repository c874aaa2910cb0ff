/**
 * How far a rotation has come, what comes next, and what stands against it.
 *
 * `pin`: the new key is a backup pin of each domain. No server has it yet, so nothing can break.
 *
 * `publish`: apps are told to accept it, by a signed configuration; or, for apps that ship their pins, by a release.
 *
 * `adopt`: wait until the installed apps have it. Counts are advice: a person may go on, after being told whose apps break.
 *
 * `deploy`: the certificate may be deployed now, and not before. Done once every endpoint presents the new key.
 *
 * `retire`: the old pin leaves the registry. Refused while any endpoint presents its key.
 *
 * `drop`: the configuration without the old pin is published, so that apps refuse the old key.
 *
 * `finish`: nothing is left to do.
 *
 * Each step is derived from what is true now. If a publication by somebody else takes the new pin away, the rotation is
 * back at `publish`; a certificate that was deployed too early is an alarm.
 */
import { plural } from './plural.ts';
import { deployDetail, dropDetail, pinDetail, publishDetail, retireDetail } from './rotation-details.ts';
import { type RotatedEndpoint, rotatedEndpoints } from './rotation-endpoints.ts';
import type { RotationFacts } from './rotation-facts.ts';
import type { Alarm, Obstacle } from './rotation-obstacle.ts';
import { alarmsOf, retireObstacles } from './rotation-obstacles.ts';
import type { Rotation } from './rotation-state.ts';

export const rotationSteps = ['pin', 'publish', 'adopt', 'deploy', 'retire', 'drop', 'finish'] as const;
export type RotationStep = (typeof rotationSteps)[number];

/** `skipped`: it was not done, and has no use any more. */
export const stepStates = ['done', 'now', 'later', 'skipped'] as const;
export type StepState = (typeof stepStates)[number];

export interface StandingStep {
  readonly step: RotationStep;
  readonly state: StepState;
  /** For people; '' if there is nothing to say yet. */
  readonly detail: string;
}

export interface Standing {
  /** The first step that is not done; null: the rotation has ended. */
  readonly step: RotationStep | null;
  readonly steps: readonly StandingStep[];
  /** Apps accept the new key, as far as anybody wants to wait. */
  readonly mayDeploy: boolean;
  /** What stands against taking the current step. */
  readonly obstacles: readonly Obstacle[];
  /** What is wrong already. */
  readonly alarms: readonly Alarm[];
  readonly endpoints: readonly RotatedEndpoint[];
}

export function standingOf(rotation: Rotation, facts: RotationFacts): Standing {
  const endpoints = facts.domains.flatMap((domain) => rotatedEndpoints(rotation, domain));
  const done = doneSteps(rotation, facts, endpoints);
  const step = rotation.ended === null ? (rotationSteps.find((one) => !done.has(one)) ?? 'finish') : null;
  const mayDeploy = ['pin', 'publish', 'adopt'].every((one) => done.has(one as RotationStep));
  const details: { readonly [one in RotationStep]: string } = {
    pin: pinDetail(rotation, facts),
    publish: publishDetail(rotation, facts),
    adopt: adoptDetail(rotation, facts),
    deploy: deployDetail(endpoints, facts.domains.length > 1),
    retire: retireDetail(rotation, facts),
    drop: dropDetail(rotation, facts),
    finish: '',
  };
  return {
    step,
    steps: rotationSteps.map((one) => {
      const state = stateOf(one, step, done);
      return { step: one, state, detail: state === 'later' ? '' : details[one] };
    }),
    mayDeploy,
    obstacles: step === null ? [] : obstaclesTo(step, rotation, facts, endpoints),
    alarms: rotation.ended === null ? alarmsOf(rotation, facts, endpoints, mayDeploy) : [],
    endpoints,
  };
}

function stateOf(
  one: RotationStep,
  current: RotationStep | null,
  done: ReadonlyMap<RotationStep, 'done' | 'skipped'>,
): StepState {
  return done.get(one) ?? (one === current ? 'now' : 'later');
}

function doneSteps(
  rotation: Rotation,
  facts: RotationFacts,
  endpoints: readonly RotatedEndpoint[],
): ReadonlyMap<RotationStep, 'done' | 'skipped'> {
  const { pin, retires, released, goAhead, ended } = rotation;
  const { domains, delivered, unready } = facts;
  const done = new Map<RotationStep, 'done' | 'skipped'>();
  const arrived = hasArrived(endpoints);
  if (domains.length > 0 && domains.every(({ pins }) => pins.includes(pin))) done.set('pin', 'done');
  const isPublished = delivered.every(({ hasNew }) => hasNew);
  if (delivered.length > 0 ? isPublished : released !== null) done.set('publish', 'done');
  else if (delivered.length === 0 && arrived) done.set('publish', 'skipped');
  if (goAhead !== null || (done.has('publish') && unready.length === 0)) done.set('adopt', 'done');
  else if (arrived) done.set('adopt', 'skipped');
  if (arrived) done.set('deploy', 'done');
  const isRetired = domains.every(({ pins }) => !retires.some((one) => pins.includes(one)));
  if (isRetired && arrived) done.set('retire', retires.length > 0 ? 'done' : 'skipped');
  if (isRetired && arrived && delivered.every(({ old }) => old.length === 0)) {
    done.set('drop', delivered.length > 0 && retires.length > 0 ? 'done' : 'skipped');
  }
  if (ended?.how === 'finished') done.set('finish', 'done');
  return done;
}

/** At least one endpoint, and every one, presents the new key. */
export function hasArrived(endpoints: readonly RotatedEndpoint[]): boolean {
  return endpoints.length > 0 && endpoints.every(({ presents }) => presents === 'new');
}

function adoptDetail({ goAhead }: Rotation, { unready }: RotationFacts): string {
  if (goAhead !== null) return `${goAhead.by} went on${goAhead.note === '' ? '' : `: ${goAhead.note}`}`;
  return unready.length === 0
    ? 'every install that is counted has it'
    : unready.map(({ message }) => message).join('; ');
}

function obstaclesTo(
  step: RotationStep,
  rotation: Rotation,
  facts: RotationFacts,
  endpoints: readonly RotatedEndpoint[],
): readonly Obstacle[] {
  switch (step) {
    case 'pin':
      if (facts.revoked) return [revoked(rotation)];
      return provisioned(facts, ({ pins }) => !pins.includes(rotation.pin), 'add the pin there');
    case 'adopt':
      return facts.unready;
    case 'retire':
      return [
        ...retireObstacles(rotation, facts, endpoints),
        ...provisioned(
          facts,
          ({ pins }) => rotation.retires.some((one) => pins.includes(one)),
          'remove the old pin there',
        ),
      ];
    case 'publish':
      return facts.revoked ? [revoked(rotation)] : [];
    case 'deploy':
    case 'drop':
    case 'finish':
      return [];
    default:
      return step satisfies never;
  }
}

function revoked({ pin }: Rotation): Obstacle {
  const message = `${pin} was revoked in an emergency, and is never delivered again: abort the rotation`;
  return { code: 'revoked', message, override: 'nothing' };
}

function provisioned(
  { domains }: RotationFacts,
  concerns: (domain: RotationFacts['domains'][number]) => boolean,
  what: string,
): Obstacle[] {
  return domains.flatMap((domain): Obstacle[] => {
    if (domain.provisionedBy === null || !concerns(domain)) return [];
    const message = `${domain.name} comes from ${domain.provisionedBy}: ${what}, then reload it`;
    return [{ code: 'provisioned', message, override: 'nothing' }];
  });
}

/** What comes next and why, in one or two sentences; null if the rotation has ended. */
export function adviceFor(
  { step, mayDeploy, endpoints }: Standing,
  { delivered }: RotationFacts,
): string | null {
  const left = endpoints.filter(({ presents }) => presents !== 'new').length;
  switch (step) {
    case null:
      return null;
    case 'pin':
      return 'Pin the new key as a backup. No server has it yet, so no app can fail.';
    case 'publish':
      return delivered.length > 0
        ? 'Publish, so that apps accept the new key before any server presents it. Do not deploy the certificate yet.'
        : 'Release an app version with the new pin, and say so. Do not deploy the certificate yet.';
    case 'adopt':
      return 'Wait until the installed apps have the new pin. Do not deploy the certificate yet: apps without the pin would fail.';
    case 'deploy':
      return mayDeploy && left === endpoints.length
        ? 'Deploy the certificate now: apps accept the old key and the new one.'
        : `Deploy the certificate everywhere: ${plural(left, 'endpoint')} left.`;
    case 'retire':
      return 'Every endpoint presents the new key. Take the old pin away, so that apps stop accepting the old key.';
    case 'drop':
      return 'Publish once more: until then apps still accept the old key.';
    case 'finish':
      return 'Nothing is left to do: close the rotation.';
    default:
      return step satisfies never;
  }
}
