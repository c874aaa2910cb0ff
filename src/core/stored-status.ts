/** How the status of a domain is stored: as small JSON, because each scrape reads the status of every domain. */
import type { Verdict } from './check.ts';
import { verdicts } from './check.ts';
import { type IncidentKind, incidentKinds } from './condition.ts';
import { blankStatus, type DomainStatus } from './domain-status.ts';
import { failureCodes } from './observation.ts';
import { firstSchema } from './store-schema.ts';

/** The schema in which the form of a status last changed. */
const statusSchema = 2;

/**
 * Always has `verdict` and `open`, which scripts look for in the text. Leaves out what equals the blank status, and the time of
 * the last conclusive probe if that was the last one.
 */
export function storedStatus(status: DomainStatus): Record<string, unknown> {
  const values = status as unknown as Readonly<Record<string, unknown>>;
  const stored: Record<string, unknown> = { v: statusSchema, verdict: status.verdict, open: status.open };
  // Each probe does this: lists of entries would take four times as long.
  for (const name in values) {
    if (name === 'verdict' || name === 'open') continue;
    const blank = name === 'lastConclusiveAt' ? status.lastProbeAt : blankValues[name];
    if (values[name] !== blank) stored[name] = values[name];
  }
  return stored;
}

/** Throws a TypeError that names what is wrong. */
export function readStatus(stored: Readonly<Record<string, unknown>>): DomainStatus {
  const { v = firstSchema, verdict, open } = stored;
  const isVerdict = verdict === null || verdicts.includes(verdict as Verdict);
  const isOpen = Array.isArray(open) && open.every((kind) => incidentKinds.includes(kind));
  if (!isVerdict || !isOpen) throw new TypeError('expected open incidents and a verdict, found neither');
  const known = { ...blankStatus, verdict: verdict as Verdict | null, open: open as IncidentKind[] };
  return v === firstSchema ? { ...known, ...ofSchema1(stored) } : withNamed(known, stored);
}

type Values = Omit<DomainStatus, 'verdict' | 'open'>;

/** Each scrape does this for every domain: destructuring and spreading `stored` would take ten times as long. */
function withNamed(known: DomainStatus, stored: Readonly<Record<string, unknown>>): DomainStatus {
  const status = known as unknown as Record<string, unknown>;
  for (const name of Object.keys(stored)) {
    if (name === 'v' || name === 'verdict' || name === 'open') continue;
    const value = stored[name];
    // A newer version may know more reasons.
    if (name === 'failure' && !(failureCodes as readonly unknown[]).includes(value)) continue;
    if (name === 'regions' && !areVerdicts(value)) continue;
    if (name === 'away' && !areNames(value)) continue;
    if (name === 'unreadable' || name === 'slow' ? value !== true : !isRight(name, value)) {
      throw new TypeError(`unexpected value in ${name}`);
    }
    status[name] = value;
  }
  if (stored.lastConclusiveAt === undefined) status.lastConclusiveAt = status.lastProbeAt;
  return known;
}

function areVerdicts(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((one) => (verdicts as readonly unknown[]).includes(one));
}

function areNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/** A newer version may have added a field. */
function isRight(name: string, value: unknown): boolean {
  const blank = blankValues[name];
  if (name === 'trusted') return typeof value === 'boolean' || value === null;
  return blank === undefined || typeof value === typeof blank;
}

const blankValues = blankStatus as unknown as Readonly<Record<string, unknown>>;

/** Schema 1 had the metrics' values as a list, in this order, and times in seconds. */
const order1 = [
  'pin_mismatch',
  'probe_success',
  'chain_trusted',
  'endpoints',
  'endpoints_mismatched',
  'endpoints_failed',
  'pins',
  'backup_pins',
  'certificate_not_after',
  'last_probe',
  'last_conclusive_probe',
  'muted_until',
] as const;

function ofSchema1({ values, unreadable }: Readonly<Record<string, unknown>>): Values {
  const isList =
    Array.isArray(values) && values.every((value) => value === null || typeof value === 'number');
  if (!isList) throw new TypeError('expected a list of values, found none');
  const at = (name: (typeof order1)[number]): number | null => values[order1.indexOf(name)] ?? null;
  const count = (name: (typeof order1)[number]) => at(name) ?? 0;
  const ms = (name: (typeof order1)[number]) => count(name) * 1000;
  const trusted = at('chain_trusted');
  const lastProbeAt = ms('last_probe');
  const isConclusive = count('probe_success') === 1;
  return {
    lastProbeAt,
    // Two probes within one second differed only in their success.
    lastConclusiveAt: isConclusive
      ? lastProbeAt
      : Math.min(ms('last_conclusive_probe'), Math.max(0, lastProbeAt - 1)),
    trusted: trusted === null ? null : trusted === 1,
    endpoints: count('endpoints'),
    mismatched: count('endpoints_mismatched'),
    failed: count('endpoints_failed'),
    pins: count('pins'),
    backupPins: count('backup_pins'),
    earliestNotAfter: ms('certificate_not_after'),
    mutedUntil: ms('muted_until'),
    ...{ pinSets: 0, pinSetsMismatched: 0, pinSetsEndAt: 0 },
    ...(unreadable === true ? { unreadable } : {}),
  };
}
