/** Ends a rotation before it is done: undoes what can't break an app, and says what it leaves. */
import { rfc3339 } from '../../core/clock.ts';
import { endpointNames } from '../../core/rotation-endpoints.ts';
import type { Actor, Outcome } from '../admin/outcome.ts';
import { done, refuse } from '../admin/outcome.ts';
import { changePins } from '../admin/pins.ts';
import { lookAfresh } from './look-afresh.ts';
import type { RotationPorts } from './ports.ts';
import { saveRotation } from './save-rotation.ts';
import { type ShownRotation, showRotation, staleRotation } from './show-rotation.ts';

export interface AbortedRotation {
  readonly shown: ShownRotation;
  /** What was undone, and what was left and why; one sentence each. */
  readonly undone: readonly string[];
  readonly left: readonly string[];
}

export async function abortRotation(
  account: string,
  id: string,
  note: string,
  expected: string | undefined,
  actor: Actor,
  ports: RotationPorts,
  signal: AbortSignal,
): Promise<Outcome<AbortedRotation>> {
  const found = await showRotation(account, id, ports);
  if (!found.ok) return found;
  const { value: rotation, text, facts } = found.value;
  if (expected !== undefined && expected !== text) return staleRotation;
  if (rotation.ended !== null)
    return refuse('unprocessable', `the rotation was ${rotation.ended.how} already`);
  const undone: string[] = [];
  const left: string[] = [];
  // Afresh: the new key may have been deployed a moment ago.
  const endpoints = await lookAfresh(account, rotation, facts.domains, ports, signal);
  const doubtful = endpoints.filter(({ presents }) => presents === 'new' || presents === 'unknown');
  if (doubtful.length > 0) {
    const where = endpointNames(doubtful, facts.domains.length > 1);
    const why = doubtful.some(({ presents }) => presents === 'new')
      ? `the new key is presented at ${where}. Put the old certificate back`
      : `${where} could not be judged. Make sure that the new key is not in use there`;
    left.push(
      `The new pin stays at every domain, because ${why}, then remove the pin ("pinwatch pin remove")`,
    );
  } else {
    for (const { name, pins, provisionedBy } of facts.domains) {
      if (!pins.includes(rotation.pin)) continue;
      if (rotation.pinnedBefore.includes(name)) {
        left.push(`${name} keeps the pin, because it had it before`);
      } else if (provisionedBy !== null) {
        left.push(`${name}: remove the pin in ${provisionedBy}`);
      } else {
        const kept = pins.filter((pin) => pin !== rotation.pin);
        const change = { pins: kept, note, force: false };
        const outcome = await changePins({ account, domain: name }, change, undefined, actor, ports);
        if (outcome.ok) undone.push(`${name}: the new pin was removed`);
        else left.push(`${name} keeps the pin: ${outcome.refusal.detail}`);
      }
    }
    for (const { host, version } of facts.delivered.filter(({ hasNew }) => hasNew)) {
      left.push(
        `Version ${version} still has the new pin for ${host}, which is harmless: the next publication removes it`,
      );
    }
  }
  if (
    rotation.retires.length > 0 &&
    facts.domains.every(({ pins }) => !rotation.retires.some((pin) => pins.includes(pin)))
  ) {
    left.push(
      `The old pin was removed already: add it again if the old key comes back (${rotation.retires.join(', ')})`,
    );
  }
  left.push('The private key and its certificate stay where they are: delete them once nothing uses them');
  const ended = { how: 'aborted' as const, by: actor.name, at: rfc3339(ports.clock()), note };
  const detail = [...undone, ...left, ...(note === '' ? [] : [`note: ${note}`])].join('; ');
  const saved = await saveRotation(
    account,
    found.value,
    { ended },
    ['rotation_aborted', detail],
    actor,
    ports,
  );
  return saved.ok ? done({ shown: saved.value, undone, left }) : saved;
}
