import { type Check, type CheckedEndpoint, isFailed, isJudged } from './check.ts';
import type { Finding, Severity } from './finding.ts';
import { refusalFindings } from './refusal.ts';
import { isMismatch, isUntrusted, seenFrom } from './seen-from.ts';
import { type SightedKind, sightedKinds } from './tally.ts';
import type { Judgement } from './verdict.ts';

/** What can be wrong with a domain for longer than one probe. One incident per domain and kind is open at a time. */
export const incidentKinds = [
  'pin_mismatch',
  'untrusted',
  'unreachable',
  'certificate_expiring',
  'no_backup_pin',
  'pins_expiring',
  'pin_mismatch_held',
] as const;
export type IncidentKind = (typeof incidentKinds)[number];

/** What one probe says about a kind: `unknown` if it saw neither. */
export type Condition = 'present' | 'absent' | 'unknown';

export function isSighted(kind: IncidentKind): kind is SightedKind {
  return (sightedKinds as readonly IncidentKind[]).includes(kind);
}

/** For the kinds about the domain as a whole, not about single endpoints. */
export function conditionOf(kind: Exclude<IncidentKind, SightedKind>, check: Check): Condition {
  if (has(check, codesOf(kind))) return 'present';
  switch (kind) {
    case 'unreachable':
      // Without the finding, perhaps there was nobody to look.
      return check.endpoints.some(isJudged) ? 'absent' : 'unknown';
    // The date is known whatever could be seen.
    case 'pins_expiring':
      return 'absent';
    case 'pin_mismatch_held':
      // What could not be seen may be what such an app meets.
      return check.endpoints.some(isJudged) && !check.endpoints.some(isFailed) ? 'absent' : 'unknown';
    case 'no_backup_pin':
      // A pin that only looks unused because its endpoint can't be seen, or shows another key, is not a backup.
      return check.verdict === 'match' && !check.endpoints.some(isFailed) ? 'absent' : 'unknown';
    default:
      return kind satisfies never;
  }
}

function codesOf(kind: IncidentKind): readonly Finding['code'][] {
  switch (kind) {
    case 'pin_mismatch':
      return ['pin_mismatch', 'pin_mismatch_partial'];
    case 'untrusted':
      return refusalFindings;
    case 'pins_expiring':
      return ['pins_expiring', 'pins_expired'];
    case 'unreachable':
    case 'certificate_expiring':
    case 'no_backup_pin':
    case 'pin_mismatch_held':
      return [kind];
    default:
      return kind satisfies never;
  }
}

function has(check: Check, codes: readonly Finding['code'][]): boolean {
  return check.findings.some((finding) => codes.includes(finding.code));
}

/** The facts that are worth another mail if they change: the keys shown, the extent and the regions, not the address. */
export function factsOf(kind: IncidentKind, { check, earliestNotAfter }: Judgement): string[] {
  // What only old or strict apps fail on is shown on the status, but is not news at night.
  const told = kind === 'untrusted' ? check.findings.filter(isCritical) : check.findings;
  const codes = told.map((finding) => finding.code).filter((code) => codesOf(kind).includes(code));
  switch (kind) {
    case 'pin_mismatch': {
      const bad = check.endpoints.filter((endpoint) => endpoint.verdict === 'mismatch');
      return [
        ...codes,
        ...new Set(bad.flatMap((endpoint) => endpoint.presented.slice(0, 1).map(({ pin }) => pin))),
        ...new Set(bad.flatMap(({ pinSets = [] }) => pinSets.map(setFact))),
        ...regionFacts(check, isMismatch),
      ];
    }
    case 'pins_expiring':
      return endFacts(check);
    case 'certificate_expiring':
      return [String(earliestNotAfter)];
    case 'untrusted':
      return [...codes, ...regionFacts(check, isUntrusted)];
    case 'pin_mismatch_held':
      return check.findings
        .filter(({ code }) => code === kind)
        .flatMap(({ pinSets: names = [] }) => names.map(setFact));
    case 'unreachable':
    case 'no_backup_pin':
      return [];
    default:
      return kind satisfies never;
  }
}

/** A further region that sees it is news. */
function regionFacts(check: Check, isBad: (endpoint: CheckedEndpoint) => boolean): string[] {
  return seenFrom(check.endpoints, isBad)?.bad.map((region) => `region ${region}`) ?? [];
}

/** The fact that a pin set mismatches. */
function setFact(name: string): string {
  return `set ${name}`;
}

/** Each set by its name and the moment: pins that have run out are news, and so is another date. */
function endFacts({ findings, pinSets = [] }: Check): string[] {
  return findings
    .filter(({ code }) => codesOf('pins_expiring').includes(code))
    .flatMap(({ code, pinSets: names = [] }) =>
      names.map((name) => `${code} ${name} ${pinSets.find((set) => set.name === name)?.until}`),
    );
}

/** The name of the pin set that a fact is about; null if it is about another thing. */
export function setOf(kind: IncidentKind, fact: string): string | null {
  const [first, name] = fact.split(' ');
  return name !== undefined && (kind === 'pins_expiring' || first === 'set') ? name : null;
}

export function severityOf(kind: IncidentKind, check: Check): Severity {
  return check.findings.find((finding) => codesOf(kind).includes(finding.code))?.severity ?? 'warning';
}

function isCritical({ severity }: Finding): boolean {
  return severity === 'critical';
}
