import type { AuditAction } from '../../core/audit.ts';
import type { Rotation } from '../../core/rotation-state.ts';
import { auditOf } from '../admin/audit-of.ts';
import type { Actor, Outcome } from '../admin/outcome.ts';
import type { RotationPorts } from './ports.ts';
import { type ShownRotation, showRotation, staleRotation } from './show-rotation.ts';

/** Stores the change with its audit entry, if nobody was faster, and shows where that leaves the rotation. */
export async function saveRotation(
  account: string,
  { value, text }: ShownRotation,
  change: Partial<Rotation>,
  [action, detail]: readonly [AuditAction, string],
  actor: Actor,
  ports: RotationPorts,
): Promise<Outcome<ShownRotation>> {
  const { rotationStore, clock } = ports;
  const target = `${account}/${value.domains[0]}`;
  const audit = auditOf(action, target, `rotation ${value.id}; ${detail}`, actor, clock());
  const saved = await rotationStore.saveRotation(account, text, { ...value, ...change }, audit);
  return saved === 'conflict' ? staleRotation : showRotation(account, value.id, ports);
}
