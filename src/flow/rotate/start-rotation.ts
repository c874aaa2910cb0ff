/** Starts a rotation: stores it, and pins the new key. */
import { rfc3339 } from '../../core/clock.ts';
import type { KeyType } from '../../core/observation.ts';
import type { Pin } from '../../core/pin.ts';
import { planRotation } from '../../core/rotation-plan.ts';
import { areSameEndpoints, mostOpenRotations, type Rotation } from '../../core/rotation-state.ts';
import { auditOf } from '../admin/audit-of.ts';
import { type Actor, type Outcome, refuse, unknownDomain } from '../admin/outcome.ts';
import { pinNewKey } from './pin-new-key.ts';
import { previewRotation } from './plan-rotation.ts';
import type { RotationPorts } from './ports.ts';
import { type ReadDomain, readDomain } from './read-facts.ts';
import { type ShownRotation, showRotation } from './show-rotation.ts';

export interface NewRotation {
  readonly domain: string;
  readonly pin: Pin;
  readonly keyType: KeyType;
  /** Other domains whose servers get the same key. */
  readonly with: readonly string[];
  /** Of the certificate request, for people. */
  readonly subject: string | null;
  readonly note: string;
}

export async function startRotation(
  account: string,
  request: NewRotation,
  actor: Actor,
  ports: RotationPorts,
): Promise<Outcome<ShownRotation>> {
  const { rotationStore, clock, newId } = ports;
  const preview = await previewRotation(account, request, ports);
  if (!preview.ok) return preview;
  const { name } = preview.value;
  const names = [...new Set([name, ...request.with])];
  const domains: ReadDomain[] = [];
  for (const one of names) {
    const domain = await readDomain(account, one, ports);
    if (domain === null) return unknownDomain(one);
    if (domain.pins.length === 0)
      return refuse('unprocessable', `"${one}" has no pins: there is nothing to rotate`);
    domains.push(domain);
  }
  // The other domains may present other keys so far.
  const plans = domains.map((domain) => planRotation(request, domain));
  const keyTypes = [...new Set(plans.flatMap((plan) => plan.keyTypes))];
  const retires = [...new Set(plans.flatMap((plan) => plan.retires))];
  const { rotations, revision } = await rotationStore.rotations(account);
  const open = rotations.filter(({ ended }) => ended === null);
  if (open.length >= mostOpenRotations) {
    return refuse(
      'unprocessable',
      `expected at most ${mostOpenRotations} rotations in progress: finish or abort some`,
    );
  }
  const other = open.find((one) => areSameEndpoints(one, { domains: names, keyTypes }));
  if (other !== undefined) return inProgress(other);
  const rotation: Rotation = {
    ...{ id: newId(), domains: names, keyTypes, pin: request.pin, retires },
    pinnedBefore: domains.filter(({ pins }) => pins.includes(request.pin)).map((domain) => domain.name),
    ...{ subject: request.subject, note: request.note, startedBy: actor.name, startedAt: rfc3339(clock()) },
    ...{ released: null, goAhead: null, certificate: null, ended: null },
  };
  const detail = [
    `rotation ${rotation.id} of ${names.join(', ')}`,
    `new ${rotation.pin}`,
    `old ${retires.join(', ') || 'none'}`,
    ...(request.note === '' ? [] : [`note: ${request.note}`]),
  ].join('; ');
  const audit = auditOf('rotation_started', `${account}/${name}`, detail, actor, clock());
  const saved = await rotationStore.addRotation(account, revision, rotation, audit);
  if (saved === 'conflict') {
    return refuse('stale', 'another admin has started or changed a rotation meanwhile: repeat the request');
  }
  const pinned = await pinNewKey(account, rotation, domains, actor, ports);
  return pinned.ok ? showRotation(account, rotation.id, ports) : pinned;
}

function inProgress({ id, domains, pin, startedBy, startedAt }: Rotation): Outcome<never> {
  return refuse(
    'exists',
    `a rotation of ${domains.join(', ')} to ${pin} is in progress (${id}, started by ${startedBy} at ${startedAt}): go on with it, or abort it`,
  );
}
