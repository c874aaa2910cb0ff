/** What is said of an incident that opens and closes again and again. */
import type { FlappingReport } from '../../core/flapping.ts';
import type { Transition } from '../../core/incident.ts';
import { isOpen, kindNames } from './headline.ts';
import { readable } from './time.ts';

type Flapper = Pick<Transition, 'flapping' | 'kind' | 'transition'>;

/** ` flapping` after the severity in a subject; '' if it does not flap. */
export function flappingMark(told: Flapper): string {
  return told.flapping !== undefined && !told.flapping.isCalm && isOpen(told) ? ' flapping' : '';
}

/** After the first sentence, in parentheses; null if it does not flap. */
export function flappingAside({ flapping }: Flapper): string | null {
  if (flapping === undefined) return null;
  const { openings, since, isCalm } = flapping;
  const times = `opened ${openings} times since ${readable(since)}`;
  return isCalm ? `flapped until an hour ago: ${times}` : `flapping: ${times}`;
}

/** What it flaps between, and what follows; null if it does not flap. */
export function flappingNote(told: Flapper): string | null {
  const { flapping } = told;
  if (flapping === undefined) return null;
  const between = `It alternates between ${bad(told.kind, flapping)} and a state in which probes do not find it.`;
  if (!flapping.isCalm) {
    return `${between} Until one of the two has lasted for an hour, neither its recovery nor its return is reported. Reminders and new facts are.`;
  }
  return isOpen(told)
    ? 'It has been there without interruption for an hour. From now on, its recovery is reported at once again.'
    : 'It has not been found for an hour. From now on, it is reported at once again.';
}

function bad(kind: Transition['kind'], { between }: FlappingReport): string {
  const name = `"${kindNames[kind]}"`;
  const keys = between.filter((fact) => fact.startsWith('sha256/'));
  const codes = between.filter((fact) => /^[a-z_]+$/.test(fact) && fact !== kind);
  const facts = keys.length > 0 ? keys : codes;
  return facts.length === 0 ? name : `${name} (${facts.join(', ')})`;
}
