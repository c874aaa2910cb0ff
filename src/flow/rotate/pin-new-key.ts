import type { Rotation } from '../../core/rotation-state.ts';
import { type Actor, done, type Outcome, type Refused } from '../admin/outcome.ts';
import { changePins } from '../admin/pins.ts';
import type { RotationPorts } from './ports.ts';
import type { ReadDomain } from './read-facts.ts';

/** Adds the pin wherever it is missing; domains from a file have to be changed there. */
export async function pinNewKey(
  account: string,
  { pin, id }: Rotation,
  domains: readonly ReadDomain[],
  actor: Actor,
  ports: RotationPorts,
): Promise<Outcome<null>> {
  for (const { name, pins, provisionedBy } of domains) {
    if (pins.includes(pin) || provisionedBy !== null) continue;
    const change = { pins: [...pins, pin], note: `the next key, rotation ${id}`, force: false };
    const outcome = await changePins({ account, domain: name }, change, undefined, actor, ports);
    if (!outcome.ok) return within(name, outcome);
  }
  return done(null);
}

export function within(name: string, { refusal }: Refused): Refused {
  return { ok: false, refusal: { ...refusal, detail: `${name}: ${refusal.detail}` } };
}
