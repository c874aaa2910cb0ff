import type { Check } from './check.ts';
import type { Pin } from './pin.ts';

/**
 * Why a change of pins should not be made: the apps that get these pins would fail now. null where it may be made.
 * What is presented now is what the last probe saw; without one, only a change that keeps nothing can be judged.
 */
export function pinChangeRefusal(
  before: readonly Pin[],
  after: readonly Pin[],
  lastCheck: Check | null,
): string | null {
  const removed = before.filter((pin) => !after.includes(pin));
  if (removed.length === 0) return null;
  if (removed.length === before.length) {
    const left = after.length === 0 ? 'no pin would be left' : 'all pins would be replaced at once';
    return `${left}: apps that know only the present pins and apps that get the new ones have none in common`;
  }
  const presented = new Set(
    (lastCheck?.endpoints ?? []).flatMap((endpoint) => endpoint.path.map((entry) => entry.pin)),
  );
  const matchedBefore = before.some((pin) => presented.has(pin));
  const matchesAfter = after.some((pin) => presented.has(pin));
  if (!matchedBefore || matchesAfter) return null;
  const last = removed.filter((pin) => presented.has(pin)).join(', ');
  return `${last} is the last pin that matches what is presented now: apps with the pins that are left could not connect`;
}
