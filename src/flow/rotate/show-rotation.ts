import { type Standing, standingOf } from '../../core/rotation-standing.ts';
import type { Rotation } from '../../core/rotation-state.ts';
import type { Stored } from '../admin/admin-store.ts';
import { done, type Outcome, type Refused, refuse, unknownAccount } from '../admin/outcome.ts';
import type { RotationPorts } from './ports.ts';
import { type ReadFacts, readFacts } from './read-facts.ts';

export interface ShownRotation extends Stored<Rotation> {
  readonly facts: ReadFacts;
  readonly standing: Standing;
}

export async function showRotation(
  account: string,
  id: string,
  ports: Pick<
    RotationPorts,
    'adminStore' | 'rotationStore' | 'configStore' | 'pinSetStore' | 'laggingInstalls' | 'watchStore'
  >,
): Promise<Outcome<ShownRotation>> {
  if ((await ports.adminStore.account(account)) === null) return unknownAccount(account);
  const stored = await ports.rotationStore.rotation(account, id);
  if (stored === null) return unknownRotation(id);
  const facts = await readFacts(account, stored.value, ports);
  return done({ ...stored, facts, standing: standingOf(stored.value, facts) });
}

export function unknownRotation(id: string): Refused {
  return refuse('not_found', `no rotation "${id}"`);
}

export const staleRotation = refuse(
  'stale',
  'another admin has changed this rotation meanwhile: look at it again, then repeat the step',
);
