import type { AppliedSet } from './applied-set.ts';
import { fnv1a } from './hash.ts';

/** Equal for sets that demand the same, so that a record can tell whether a person has changed one. */
export function setFingerprint({ rules, trust }: AppliedSet): number {
  return fnv1a(JSON.stringify([rules, trust]));
}
