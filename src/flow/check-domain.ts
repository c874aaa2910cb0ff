import { type Check, isFailed } from '../core/check.ts';
import type { Domain } from '../core/domain.ts';
import type { OwnProbing } from '../core/incident.ts';
import { nextLook } from '../core/next-look.ts';
import type { Observation } from '../core/observation.ts';
import { dueAddresses, recordProbe } from '../core/record.ts';
import { statusOf } from '../core/series.ts';
import type { NotifySettings, ProbeSettings } from '../core/settings.ts';
import { type Judgement, judgeLooks } from '../core/verdict.ts';
import type { Happening, Journal } from './journal.ts';
import type { Look } from './observe.ts';
import type { DomainRef, LoadedDomain, Records } from './records.ts';

export interface CheckDomainPorts {
  readonly records: Records;
  /** Probes every endpoint once. */
  readonly observe: (domain: Domain, look: Look, signal: AbortSignal) => Promise<Observation[]>;
  /** Tells the deliverer that the account owes notices, due in `waitMs`. A hint only: what is stored is found without it. */
  readonly nudge: (account: string, waitMs: number) => Promise<void>;
  readonly clock: () => number;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly journal: Journal;
}

export interface CheckDomainSettings {
  readonly probe: Pick<ProbeSettings, 'confirmAfterMs' | 'timeoutMs'>;
  readonly notify: NotifySettings;
}

/** What each look at the domain saw, the first one at every endpoint. */
type Looks = readonly (readonly Observation[])[];

/** A server that takes the whole of its deadline is not looked at again and again while others wait. */
const longestLooking = 3;

/** Beyond this the domain changes faster than it can be probed; the job fails and is retried. */
const maxConflicts = 5;

/**
 * Probes one domain, judges it and records the result: the work of one probe job.
 * Safe to run twice: `advance` makes no transition that is already stored.
 * Returns null where the domain is not registered any more.
 */
export async function checkDomain(
  ref: DomainRef,
  sweep: string | null,
  settings: CheckDomainSettings,
  ports: CheckDomainPorts,
  signal: AbortSignal,
): Promise<Check | null> {
  const { records, clock, journal } = ports;
  const startedAt = clock();
  let loaded = await records.load(ref);
  let looks: Looks | null = null;
  for (let attempt = 0; loaded !== null && attempt < maxConflicts; attempt += 1) {
    looks ??= await look(loaded, settings, ports, signal);
    const { domain, record, token } = loaded;
    const rules = { ...settings.notify, ...loaded.notify };
    const now = clock();
    const judgement = judgeLooks(domain, looks, now, rules.expiringWithinMs);
    const muted = (domain.mutedUntil ?? 0) > now;
    const probe = {
      account: ref.account,
      judgement,
      sweep,
      at: now,
      muted,
      ...ownProbing(domain),
    };
    const { record: next, transitions } = recordProbe(record, probe, rules);
    const status = statusOf(domain, next);
    if ((await records.commit(ref, token, next, status, transitions, now)) === 'stored') {
      const seconds = (now - startedAt) / 1000;
      const isNew = record.lastCheck?.verdict !== judgement.check.verdict;
      journal(probed(ref, judgement.check, isNew, seconds, looks.length > 1));
      for (const happening of disagreements(ref, judgement)) journal(happening);
      for (const transition of transitions) journal({ kind: 'transition', ref, transition });
      if (transitions.length > 0) await ports.nudge(ref.account, rules.groupWaitMs);
      return judgement.check;
    }
    const fresh = await records.load(ref);
    // Another probe's result only has to be reconciled; other settings want another look.
    if (fresh?.token.settings !== token.settings) looks = null;
    loaded = fresh;
  }
  if (loaded === null) return null;
  throw new Error(`${ref.account}/${ref.domain} changed ${maxConflicts} times while it was being recorded`);
}

function ownProbing({ ca, connect = [] }: Domain): { own?: OwnProbing } {
  const roots = ca !== undefined;
  return roots || connect.length > 0 ? { own: { roots, connect } } : {};
}

/** One look, and further ones as `nextLook` asks for them, on fresh connections to the same addresses. */
async function look(
  { domain, record }: LoadedDomain,
  settings: CheckDomainSettings,
  { observe, clock, pause }: CheckDomainPorts,
  signal: AbortSignal,
): Promise<Looks> {
  const startedAt = clock();
  const looks = [await observe(domain, { remembered: dueAddresses(record) }, signal)];
  for (;;) {
    const now = clock();
    const judgement = judgeLooks(domain, looks, now, settings.notify.expiringWithinMs);
    const next = nextLook(record, judgement, looks.length, now);
    if (next === null) return looks;
    if (next.confirming) await pause(settings.probe.confirmAfterMs, signal);
    else if (now - startedAt > longestLooking * settings.probe.timeoutMs) return looks;
    const addresses = next.endpoints.flatMap(({ address }) => address ?? []);
    const keyTypes = next.endpoints.map(({ keyType }) => keyType);
    const narrowed = { ...domain, keyTypes: [...new Set(keyTypes)] };
    looks.push(await observe(narrowed, { again: [...new Set(addresses)] }, signal));
  }
}

function* disagreements(ref: DomainRef, { tallies }: Judgement): Generator<Happening> {
  for (const { endpoint, counts } of tallies) {
    for (const kind of ['pin_mismatch', 'untrusted'] as const) {
      const { bad, clean } = counts[kind];
      if (bad > 0 && clean > 0) yield { kind: 'disagreed', ref, endpoint, about: kind, bad, of: bad + clean };
    }
  }
}

function probed(
  ref: DomainRef,
  { verdict, findings, endpoints }: Check,
  isNew: boolean,
  seconds: number,
  confirmed: boolean,
): Happening {
  const codes = findings.map((finding) => finding.code);
  const failures = new Set(endpoints.filter(isFailed).flatMap(({ failure }) => failure?.code ?? []));
  return { kind: 'probed', ref, verdict, isNew, seconds, confirmed, codes, failures: [...failures] };
}
