/**
 * Rules as the entries of a notation, or everything that the notation can't say. What each writer prints comes from
 * here, so the refusals stand once.
 */
import type { PinList, PinRules } from '../../../core/pin-set.ts';
import type { WriteOptions } from '../../../flow/write-pins.ts';
import { type CoveringRule, coverageOf, repeated, uncoverable } from './coverage.ts';
import { dayOf } from './day.ts';
import { meeting } from './meeting.ts';
import { merged } from './merged.ts';
import type { Coverage, Notation } from './notation.ts';
import { placed } from './placed.ts';

export interface Entry {
  /** Letters, digits, hyphens, underscores and dots. */
  readonly name: string;
  readonly covers: Coverage;
  /** Empty: the host is not pinned. At most one for each place, in the order of the notation's places. */
  readonly lists: readonly PinList[];
  readonly enforce: boolean;
  /** The day on which pinning ends: `2027-03-01`. */
  readonly lastDay?: string;
}

export interface Expressed {
  readonly entries: readonly Entry[];
  readonly notes: readonly string[];
  readonly problems: readonly string[];
}

const plainName = /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/;

export function express(rules: PinRules, notation: Notation, options: WriteOptions): Expressed {
  const { enforcer } = notation;
  const { kept, problems: unmerged } = merged(rules, notation);
  const covering = coverageOf(kept, notation);
  const all = covering.map((rule) => expressOne(rule, notation, options));
  const names = covering.map(({ pattern }) => pattern.name);
  const isTooMany = notation.resolution === 'one host' && covering.length > 1;
  const problems = [
    ...(rules.trust === 'none'
      ? [`the app is to check nothing but the pins, but ${enforcer} leaves the check of the chain in place`]
      : []),
    ...unmerged,
    ...meeting({ ...rules, rules: kept }, notation),
    ...repeated(covering, notation),
    ...(covering.length === 0 ? ['nothing is pinned'] : []),
    ...(isTooMany ? [`${enforcer} takes the pins of one host at a time, found ${some(names)}`] : []),
    ...all.flatMap((one) => one.problems),
  ];
  return {
    entries: all.map(({ entry }) => entry),
    notes: [...new Set([...ending(options), ...all.flatMap((one) => one.notes)])],
    problems: [...new Set(problems)],
  };
}

function expressOne(rule: CoveringRule, notation: Notation, options: WriteOptions) {
  const { covers, enforce, pattern } = rule;
  const { name } = pattern;
  const cannot = uncoverable(rule, notation, options);
  const lists = placed(rule, notation, options.seen);
  const day = dayOf(rule, notation, options.expiration);
  const isNarrowed = cannot === null && !notation.covers.includes(covers);
  const entry: Entry = {
    name,
    covers: isNarrowed ? 'one-label-or-self' : covers,
    lists: lists.lists,
    enforce,
    ...(day.ok && day.value !== null ? { lastDay: day.value } : {}),
  };
  const problems = [
    ...(plainName.test(name) ? [] : [`${JSON.stringify(name)} is not a host name in lower-case ASCII`]),
    ...(cannot === null ? [] : [cannot]),
    ...lists.problems,
    ...(day.ok ? [] : [day.problem]),
    ...(lists.problems.length === 0 ? unmet(entry, notation) : []),
  ];
  const notes = isNarrowed ? [`Names more than one label below ${name} are not pinned.`] : [];
  return { entry, problems, notes: [...notes, ...lists.notes] };
}

function unmet({ name, lists, enforce }: Entry, { enforcer, observes, leastPins }: Notation): string[] {
  if (lists.length === 0) return [];
  const fewest = Math.min(...lists.map(({ anyOf }) => new Set(anyOf).size));
  return [
    ...(enforce || observes ? [] : [`${name} is only observed, but ${enforcer} can only enforce`]),
    ...(fewest < leastPins[enforce ? 'enforced' : 'observed']
      ? [`${name} has one pin, but ${enforcer} wants at least two: add a backup pin`]
      : []),
  ];
}

function ending({ expiration }: WriteOptions): string[] {
  return expiration === undefined
    ? []
    : [`From ${expiration} on, apps with these pins no longer pin, and nothing reports it.`];
}

function some(names: readonly string[]): string {
  const more = names.length - 3;
  return more > 0 ? `${names.slice(0, 3).join(', ')} and ${more} more` : names.join(', ');
}
