import type { Check, CheckedEndpoint } from './check.ts';
import type { Pin } from './pin.ts';

/**
 * Why a change of pins should not be made: apps that get the new pins would fail now. null if it may be made. What is
 * presented now is what the last probe saw; before the first probe, only a change that keeps no pin can be judged. If
 * the last probe judged nothing, as in an outage, the pin in use looks like a backup, so no pin may be removed.
 */
export function pinChangeRefusal(
  before: readonly Pin[],
  after: readonly Pin[],
  lastCheck: Check | null,
): string | null {
  const removed = before.filter((pin) => !after.includes(pin));
  if (removed.length === 0) return null;
  if (removed.length === before.length) {
    return after.length === 0
      ? 'no pin would be left: a change of keys that breaks the apps would go unnoticed'
      : 'all pins would be replaced at once: apps with the current pins and apps with the new ones would have none in common';
  }
  // Each endpoint separately: if two keys are served and pinned, each is the last one on its own endpoint.
  const judged = (lastCheck?.endpoints ?? []).filter(({ path }) => path.length > 0);
  if (lastCheck !== null && judged.length === 0) {
    return `apps may need ${removed.join(', ')}: the last probe could judge nothing, so what is presented now is not known`;
  }
  const lost = judged.filter((endpoint) => matches(endpoint, before) && !matches(endpoint, after));
  if (lost.length === 0) return null;
  const last = removed.filter((pin) => lost.some((endpoint) => matches(endpoint, [pin])));
  const are = last.length === 1 ? 'is the last pin that matches' : 'are the last pins that match';
  const where = lost.length === judged.length ? '' : ` by ${lost.map(shown).join(', ')}`;
  return `${last.join(', ')} ${are} what is presented now${where}: apps with the remaining pins could not connect`;
}

function matches({ path }: CheckedEndpoint, pins: readonly Pin[]): boolean {
  return path.some(({ pin }) => pins.includes(pin));
}

function shown({ address, keyType }: CheckedEndpoint): string {
  return `${address} (${keyType})`;
}
