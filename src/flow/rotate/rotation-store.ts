import type { AuditEntry } from '../../core/audit.ts';
import type { Rotation } from '../../core/rotation-state.ts';
import type { Stored } from '../admin/admin-store.ts';

/** All rotations of an account: those in progress, and the last ones that have ended. */
export interface AccountRotations {
  /** Newest first. */
  readonly rotations: readonly Rotation[];
  /** Another one after each change of any of them; null: there has never been one. */
  readonly revision: string | null;
}

/** Rotations in the store. Every method rejects if the store can't be used, or if a newer version has written there. */
export interface RotationStore {
  rotations(account: string): Promise<AccountRotations>;
  rotation(account: string, id: string): Promise<Stored<Rotation> | null>;
  /**
   * Stores a new rotation and forgets the oldest ended ones, if the account's revision is still this one. So two admins
   * can't start one for the same server at once.
   */
  addRotation(
    account: string,
    revision: string | null,
    rotation: Rotation,
    audit: AuditEntry,
  ): Promise<Stored<Rotation> | 'conflict'>;
  /** Stores the rotation if it is still `expected`. */
  saveRotation(
    account: string,
    expected: string,
    rotation: Rotation,
    audit: AuditEntry,
  ): Promise<Stored<Rotation> | 'conflict'>;
}
