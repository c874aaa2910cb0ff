/** The day on which pinning ends, as notations write it. */
import { type Parsed, parsed, refused } from '../../../core/parsed.ts';
import type { PinRule } from '../../../core/pin-set.ts';
import { quote } from '../../../core/quote.ts';
import { startOfDay } from '../day.ts';
import type { Notation } from './notation.ts';

const hourMs = 3_600_000;

/** null: it does not end. `wished` replaces what the rule says. */
export function dayOf(
  { pattern, allOf, until, then: after }: PinRule,
  { enforcer, endsAfter }: Pick<Notation, 'enforcer' | 'endsAfter'>,
  wished: string | undefined,
): Parsed<string | null> {
  if (allOf.length === 0) return parsed(null);
  if (wished !== undefined) return wishedDay(wished, enforcer, endsAfter);
  if (until === undefined) return parsed(null);
  const ends = `the pins of ${pattern.name} end at ${new Date(until).toISOString()}`;
  if (after === 'closed')
    return refused(`${ends}, and apps must not connect then, but ${enforcer} lets them`);
  if (endsAfter === null) return refused(`${ends}, but those of ${enforcer} never do`);
  const hint = '--expiration names a day';
  if (endsAfter === 'varies') {
    return refused(`${ends}, but ${enforcer} ends them at another time on iOS than on Android: ${hint}`);
  }
  const day = new Date(until - endsAfter * hourMs).toISOString();
  if (day.endsWith('T00:00:00.000Z') && startOfDay(day.slice(0, 10)) !== null)
    return parsed(day.slice(0, 10));
  return refused(`${ends}, but ${enforcer} ends them when a day begins, by its own time: ${hint}`);
}

function wishedDay(wished: string, enforcer: string, endsAfter: Notation['endsAfter']): Parsed<string> {
  if (endsAfter === null) return refused(`${enforcer} has no day on which pinning ends`);
  if (startOfDay(wished) !== null) return parsed(wished);
  return refused(`expected a day such as 2027-03-01, found ${quote(wished)}`);
}
