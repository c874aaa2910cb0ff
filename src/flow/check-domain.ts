import type { Check } from '../core/check.ts';
import type { Domain } from '../core/domain.ts';
import { isFailed } from '../core/findings.ts';
import { needsConfirming, type OwnProbing } from '../core/incident.ts';
import { missingIssuer } from '../core/missing-issuer.ts';
import type { Observation } from '../core/observation.ts';
import { recordProbe } from '../core/record.ts';
import { statusOf } from '../core/series.ts';
import type { NotifySettings, ProbeSettings } from '../core/settings.ts';
import { judge } from '../core/verdict.ts';
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
  readonly probe: Pick<ProbeSettings, 'confirmAfterMs'>;
  readonly notify: NotifySettings;
}

/** Two looks at one domain, or one where nothing grave is new. */
interface Looks {
  readonly first: readonly Observation[];
  readonly second: readonly Observation[] | null;
}

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
    const judgeNow = (observations: readonly Observation[]) =>
      judge(domain, observations, now, rules.expiringWithinMs);
    const judgement = judgeNow(looks.second ?? looks.first);
    const firstLook = looks.second === null ? null : judgeNow(looks.first);
    const muted = (domain.mutedUntil ?? 0) > now;
    const probe = {
      account: ref.account,
      judgement,
      firstLook,
      sweep,
      at: now,
      muted,
      ...ownProbing(domain),
      domain,
      missingIssuer: missingIssuer(looks.second ?? looks.first, record.lastCheck),
    };
    const { record: next, transitions } = recordProbe(record, probe, rules);
    const status = statusOf(domain, next);
    if ((await records.commit(ref, token, next, status, transitions, now)) === 'stored') {
      const seconds = (now - startedAt) / 1000;
      const isNew = record.lastCheck?.verdict !== judgement.check.verdict;
      journal(probed(ref, judgement.check, isNew, seconds, looks.second !== null));
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

export function ownProbing({ ca, connect = [] }: Domain): { own?: OwnProbing } {
  const roots = ca !== undefined;
  return roots || connect.length > 0 ? { own: { roots, connect } } : {};
}

/** Where the first look would open or change something grave: a second one, on fresh connections to the same addresses. */
async function look(
  { domain, record }: LoadedDomain,
  settings: CheckDomainSettings,
  { observe, clock, pause }: CheckDomainPorts,
  signal: AbortSignal,
): Promise<Looks> {
  const first = await observe(domain, { remembered: Object.keys(record.badAddresses) }, signal);
  const judgement = judge(domain, first, clock(), settings.notify.expiringWithinMs);
  if (!needsConfirming(record, judgement)) return { first, second: null };
  await pause(settings.probe.confirmAfterMs, signal);
  const addresses = first.flatMap(({ address }) => (address === null ? [] : [address]));
  const again = { again: [...new Set(addresses)] };
  return { first, second: await observe(domain, again, signal) };
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
