import type { Pin } from './pin.ts';
import { plural } from './plural.ts';

/**
 * What a change of pins does not do while a mismatch is open, for whoever makes it: the server stays as it is, and so do the
 * apps that are out. null if none is open, or if no pin is added and some are left. `since`: when the open mismatch was
 * first seen (RFC 3339, UTC).
 */
export function serverUnchanged(
  domain: string,
  since: string | null,
  before: readonly Pin[],
  after: readonly Pin[],
): string | null {
  if (since === null) return null;
  const added = after.filter((pin) => !before.includes(pin));
  if (added.length === 0 && after.length > 0) return null;
  const open = `${domain} has an open pin mismatch, since ${since}.`;
  if (after.length === 0) {
    return `${open} Without pins it is not told any more; its server was not changed, and apps that have pins still fail.`;
  }
  const [only, second] = added;
  const without =
    second === undefined ? `without ${only}` : `without one of the ${plural(added.length, 'new pin')}`;
  return `${open} Its server was not changed: apps ${without} still fail, until they get it or the server presents a key that they have pinned.`;
}
