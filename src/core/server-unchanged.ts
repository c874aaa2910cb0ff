import type { Pin } from './pin.ts';
import { plural } from './plural.ts';

/**
 * Tells the person who changes pins during an open mismatch what the change does not fix: the server and the apps
 * already installed stay as they are. null if no mismatch is open, or if no pin is added and some are left. `since`:
 * when the open mismatch was first seen (RFC 3339, UTC).
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
    return `${open} Without pins it is no longer reported, but the server has not changed: apps that have pins still fail.`;
  }
  const [only, second] = added;
  const without =
    second === undefined ? `without ${only}` : `without one of the ${plural(added.length, 'new pin')}`;
  return `${open} The server has not changed: apps ${without} still fail until they get it or the server presents a key that they pin.`;
}
