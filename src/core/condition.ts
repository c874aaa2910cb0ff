import type { Check, CheckedEndpoint } from './check.ts';
import type { Finding, Severity } from './finding.ts';
import { isFailed } from './findings.ts';
import { refusalFindings, refusalOf } from './refusal.ts';
import type { Judgement } from './verdict.ts';

/** What can be wrong with a domain for longer than one probe. One incident per domain and kind is open at a time. */
export const incidentKinds = [
  'pin_mismatch',
  'untrusted',
  'unreachable',
  'certificate_expiring',
  'no_backup_pin',
] as const;
export type IncidentKind = (typeof incidentKinds)[number];

/** What one probe says of a kind: `unknown` where it could not tell. */
export type Condition = 'present' | 'absent' | 'unknown';

/** `wereBad`: the endpoints that were bad when last judged; while one of them fails, the rest proves nothing. */
export function conditionOf(kind: IncidentKind, check: Check, wereBad: readonly string[] = []): Condition {
  if (kind === 'untrusted' ? refusalOf(check) !== undefined : has(check, codesOf(kind))) return 'present';
  if (kind === 'unreachable') return 'absent';
  if (has(check, ['unreachable'])) return 'unknown';
  switch (kind) {
    case 'pin_mismatch':
    case 'untrusted': {
      const badFailed = check.endpoints.some(
        (endpoint) => isFailed(endpoint) && wereBad.includes(nameOf(endpoint)),
      );
      return badFailed ? 'unknown' : 'absent';
    }
    case 'certificate_expiring':
      // Once it has expired the finding is another; that is no recovery.
      return has(check, ['certificate_expired']) ? 'unknown' : 'absent';
    case 'no_backup_pin':
      return check.verdict === 'mismatch' ? 'unknown' : 'absent';
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
    case 'unreachable':
    case 'certificate_expiring':
    case 'no_backup_pin':
      return [kind];
    default:
      return kind satisfies never;
  }
}

function has(check: Check, codes: readonly Finding['code'][]): boolean {
  return check.findings.some((finding) => codes.includes(finding.code));
}

/** What would be worth another mail if it were different: the keys shown and how far it reaches, not which address. */
export function factsOf(kind: IncidentKind, { check, earliestNotAfter }: Judgement): string[] {
  const codes = check.findings.map((finding) => finding.code).filter((code) => codesOf(kind).includes(code));
  switch (kind) {
    case 'pin_mismatch': {
      const bad = check.endpoints.filter((endpoint) => endpoint.verdict === 'mismatch');
      return [
        ...codes,
        ...new Set(bad.flatMap((endpoint) => endpoint.presented.slice(0, 1).map(({ pin }) => pin))),
      ];
    }
    case 'certificate_expiring':
      return [String(earliestNotAfter)];
    case 'untrusted':
      return codes;
    case 'unreachable':
    case 'no_backup_pin':
      return [];
    default:
      return kind satisfies never;
  }
}

/** `address keyType` of the endpoints that show the condition. */
export function badEndpoints(kind: IncidentKind, check: Check): string[] {
  // Which ones a platform refuses is not in the check: while any is refused, all have to be seen to be well.
  const refusesAny = refusalOf(check) === 'platform_refused';
  const isBad = (endpoint: CheckedEndpoint): boolean =>
    kind === 'pin_mismatch'
      ? endpoint.verdict === 'mismatch'
      : kind === 'untrusted' && endpoint.failure === null && (!endpoint.trusted || refusesAny);
  return check.endpoints.filter(isBad).map(nameOf);
}

export function severityOf(kind: IncidentKind, check: Check): Severity {
  return check.findings.find((finding) => codesOf(kind).includes(finding.code))?.severity ?? 'warning';
}

function nameOf(endpoint: CheckedEndpoint): string {
  return `${endpoint.address} ${endpoint.keyType}`;
}
