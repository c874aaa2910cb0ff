import { rfc3339 } from './clock.ts';
import type { Finding } from './finding.ts';
import type { End, JudgedSet } from './judged-set.ts';
import { plural } from './plural.ts';

/**
 * Pinning that ends by date: from then on an app connects whatever the key, and nobody notices; or it connects no more.
 * Never a mismatch before its day.
 */
export function endingPins(sets: readonly JudgedSet[], now: number, withinMs: number): Finding[] {
  const soon = sets.flatMap(({ name, ends }) => {
    const next = ends.find(({ at }) => at > now && at - now <= withinMs);
    return next === undefined ? [] : [{ name, message: ending(name, next, now) }];
  });
  const over = sets.flatMap(({ name, ends }) => {
    const last = ends.findLast(({ at, then }) => at <= now && then === 'open');
    return last === undefined
      ? []
      : [{ name, message: `${name} stopped pinning at ${rfc3339(last.at)}: it accepts any key` }];
  });
  return [...finding('pins_expiring', soon), ...finding('pins_expired', over)];
}

function ending(name: string, { at, then }: End, now: number): string {
  const days = Math.floor((at - now) / 86_400_000);
  const left = days >= 1 ? `in ${plural(days, 'day')}` : 'in less than a day';
  const effect = then === 'open' ? 'it accepts any key from then on' : 'it connects no more from then on';
  return `the pins of ${name} end ${left}, at ${rfc3339(at)}: ${effect}`;
}

function finding(
  code: 'pins_expiring' | 'pins_expired',
  found: readonly { readonly name: string; readonly message: string }[],
): Finding[] {
  if (found.length === 0) return [];
  const message = found.map((one) => one.message).join('; ');
  return [{ code, severity: 'warning', message, pinSets: found.map(({ name }) => name) }];
}
