/** Starts a rotation: says what it would be about, then stores it and pins the new key. */
import { rfc3339 } from '../../core/clock.ts';
import { domainName } from '../../core/domain.ts';
import type { KeyType } from '../../core/observation.ts';
import type { Pin } from '../../core/pin.ts';
import { planRotation, type RotationPlan, sharesKey } from '../../core/rotation-plan.ts';
import {
  areSameEndpoints,
  mostOpenRotations,
  mostRotatedDomains,
  type Rotation,
} from '../../core/rotation-state.ts';
import { auditOf } from '../admin/audit-of.ts';
import { type Actor, done, type Outcome, refuse, unknownAccount, unknownDomain } from '../admin/outcome.ts';
import type { RotationPorts } from './ports.ts';
import { type ReadDomain, readDomain } from './read-facts.ts';
import { type ShownRotation, showRotation } from './show-rotation.ts';
import { pinNewKey } from './take-step.ts';

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

export interface PlannedRotation extends RotationPlan {
  readonly name: string;
  /** Other domains that present a key that it replaces. */
  readonly shared: readonly string[];
  readonly pinned: boolean;
  /** It is presented already. */
  readonly presented: boolean;
}

const pageSize = 1_000;

/** Stores nothing. */
export async function previewRotation(
  account: string,
  { domain: name, pin, keyType }: Pick<NewRotation, 'domain' | 'pin' | 'keyType'>,
  ports: RotationPorts,
): Promise<Outcome<PlannedRotation>> {
  if ((await ports.adminStore.account(account)) === null) return unknownAccount(account);
  const domain = await readDomain(account, name, ports);
  if (domain === null) return unknownDomain(name);
  const revoked = (await ports.configStore.state(account))?.value.revoked ?? [];
  if (revoked.includes(pin)) {
    return refuse(
      'unprocessable',
      `${pin} was revoked in an emergency, and is never delivered again: make another key`,
    );
  }
  if (domain.pins.length === 0) {
    return refuse('unprocessable', `"${name}" has no pins: pin the key that it presents now, then rotate it`);
  }
  if (domain.check === null) {
    return refuse(
      'unprocessable',
      `"${name}" was not probed yet, so the key to replace is unknown: try again in a minute`,
    );
  }
  const plan = planRotation({ pin, keyType }, domain);
  const presented = domain.check.endpoints.some(({ path }) => path[0]?.pin === pin);
  if (presented && plan.replaces.length === 0) {
    return refuse(
      'unprocessable',
      `${pin} is the key that every endpoint of "${name}" presents now: make another key`,
    );
  }
  const shared = await sharing(account, plan, domain, ports);
  return done({ ...plan, name, shared, pinned: domain.pins.includes(pin), presented });
}

/** The other domains that pin and present one of the keys; others are no concern of apps. */
async function sharing(
  account: string,
  plan: RotationPlan,
  { name, pins }: ReadDomain,
  { adminStore }: RotationPorts,
): Promise<string[]> {
  const found: string[] = [];
  let after: string | null = null;
  do {
    const page = await adminStore.domainPage(account, { after, limit: pageSize, verdict: null });
    for (const { name: other, value } of page.domains) {
      if (value === null || other === name || !value.pins.some((pin) => pins.includes(pin))) continue;
      const record = await adminStore.record({ account, domain: other });
      const check = record?.lastCheck ?? null;
      if (sharesKey(plan, { name: other, pins: value.pins, check })) found.push(domainName(value));
      if (found.length === mostRotatedDomains - 1) return found;
    }
    after = page.next;
  } while (after !== null);
  return found;
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
  const { name, keyTypes, retires } = preview.value;
  const names = [...new Set([name, ...request.with])];
  const domains: ReadDomain[] = [];
  for (const one of names) {
    const domain = await readDomain(account, one, ports);
    if (domain === null) return unknownDomain(one);
    if (domain.pins.length === 0)
      return refuse('unprocessable', `"${one}" has no pins: there is nothing to rotate`);
    domains.push(domain);
  }
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
