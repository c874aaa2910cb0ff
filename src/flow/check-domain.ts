import { appsConnect } from '../core/apps-connect.ts';
import { type Check, isFailed } from '../core/check.ts';
import type { Domain } from '../core/domain.ts';
import { ownSettings } from '../core/domain-settings.ts';
import { statusOf } from '../core/domain-status.ts';
import type { JudgedProbe } from '../core/incident.ts';
import { missingIssuer } from '../core/missing-issuer.ts';
import { isMuted } from '../core/mute.ts';
import type { Observation } from '../core/observation.ts';
import { defaultPlatforms, type Platform, ruled } from '../core/platforms.ts';
import { recordProbe } from '../core/record.ts';
import type { NotifySettings, ProbeSettings } from '../core/settings.ts';
import { isSeenAgain, settledUntil } from '../core/unchanged.ts';
import { type Judgement, judgeLooks } from '../core/verdict.ts';
import type { Happening, Journal } from './journal.ts';
import { type Looked, type LookPorts, lookAsNeeded } from './look-as-needed.ts';
import { type DomainRef, type LoadedDomain, nextVersion, type ProbeStore } from './probe-store.ts';
import type { Report, SettledDomains } from './settled.ts';

export interface CheckDomainPorts extends LookPorts {
  readonly probeStore: ProbeStore;
  /** Hints to the deliverer that the account owes notices, due in `waitMs`. They are also found without the hint. */
  readonly nudge: (account: string, waitMs: number) => Promise<void>;
  readonly journal: Journal;
  /** Whether pinwatch sees nothing of the account, as of a probe that began at `begunAt`. Left out: it is never blind. */
  readonly isBlinded?: (account: string, begunAt: number) => Promise<boolean>;
  /** Told of each domain that a further probe may leave as it is. */
  readonly settled?: SettledDomains;
}

export interface CheckDomainSettings {
  readonly probe: Pick<ProbeSettings, 'confirmAfterMs' | 'timeoutMs'>;
  readonly notify: NotifySettings;
  /** The platforms whose rules apply if neither the domain nor its account names any. */
  readonly platforms: readonly Platform[];
}

/** Beyond this, the domain changes faster than it can be probed; the job fails and is retried. */
const maxConflicts = 5;

/** What of a probe is there already when it is taken up. */
export interface Begun {
  readonly loaded: LoadedDomain | null;
  /** What a first look has seen; left out: it is still to be made. */
  readonly seen?: readonly Observation[] | undefined;
}

/**
 * Probes one domain, judges it and records the result: the work of one probe job.
 * Safe to run twice: `advance` makes no transition that is already stored.
 * Returns null if the domain is no longer registered.
 */
export async function checkDomain(
  ref: DomainRef,
  sweep: string | null,
  settings: CheckDomainSettings,
  ports: CheckDomainPorts,
  signal: AbortSignal,
  begun?: Begun,
): Promise<Check | null> {
  const { probeStore, clock, journal } = ports;
  const startedAt = clock();
  let loaded = begun === undefined ? await probeStore.load(ref) : begun.loaded;
  let looks: Looked['looks'] | null = null;
  let seen = begun?.seen;
  for (let attempt = 0; loaded !== null && attempt < maxConflicts; attempt += 1) {
    const { record, token } = loaded;
    const domain = ruled(loaded.domain, loaded.platforms, settings.platforms);
    const rules = { ...settings.notify, ...loaded.notify };
    const judgeNow = (made: Looked['looks']): Looked => {
      const at = clock();
      return { looks: made, judgement: judgeLooks(domain, made, at, rules.expiringWithinMs), at };
    };
    const looked: Looked =
      looks === null
        ? await lookAsNeeded(domain, record, judgeNow, settings.probe, ports, signal, seen)
        : judgeNow(looks);
    const { judgement, at: now } = looked;
    looks = looked.looks;
    const muted = isMuted(domain, now);
    const isUnseen = judgement.check.verdict === 'inconclusive';
    const blinded = isUnseen && ((await ports.isBlinded?.(ref.account, startedAt)) ?? false);
    const probe = {
      account: ref.account,
      judgement,
      sweep,
      at: now,
      ...{ muted, blinded },
      ...ownProbing(domain),
      domain,
      missingIssuer: missingIssuer(looks.flat(), record.lastCheck),
    };
    const { record: next, transitions } = recordProbe(record, probe, rules);
    const status = statusOf(domain, next);
    const isAgain = transitions.length === 0 && isSeenAgain(record, next);
    const stored = isAgain
      ? (await probeStore.touch([{ ref, token, status }]))[0]
      : await probeStore.commit(ref, token, next, status, transitions, now);
    if (stored === 'stored') {
      // The clock may have been set back meanwhile.
      const seconds = Math.max(0, now - startedAt) / 1000;
      const isNew = record.lastCheck?.verdict !== judgement.check.verdict;
      const report = probed(judgement.check, isNew, looks.length > 1);
      journal({ ...report, ref, seconds });
      for (const happening of disagreements(ref, judgement)) journal(happening);
      for (const transition of transitions) journal({ kind: 'transition', ref, transition });
      if (transitions.length > 0) await ports.nudge(ref.account, rules.groupWaitMs);
      const [observations = []] = looks;
      const until =
        muted || looks.length > 1 ? 0 : settledUntil(next, observations, rules, now, domain.pinSets);
      const settled = {
        token: isAgain ? token : { ...token, version: nextVersion(token.version, now) },
        domain: { host: domain.host, port: domain.port, ...ownSettings(domain) },
        ...{ observations, status, until },
        report: { ...report, isNew: false },
      };
      ports.settled?.set(ref, until > now ? settled : null);
      return judgement.check;
    }
    const fresh = await probeStore.load(ref);
    // Another probe's result only has to be reconciled; changed settings need another look.
    if (fresh?.token.settings !== token.settings) {
      looks = null;
      seen = undefined;
    }
    loaded = fresh;
  }
  if (loaded === null) return null;
  throw new Error(`${ref.account}/${ref.domain} changed ${maxConflicts} times while it was being recorded`);
}

export function ownProbing(domain: Domain): Pick<JudgedProbe, 'own' | 'channels'> {
  // The key types and regions of a look are in its check; how pins are delivered changes no probe.
  const {
    ca,
    connect = [],
    keyTypes: _looked,
    deliver: _how,
    regions: _from,
    channels,
    platforms,
    ...others
  } = ownSettings(domain);
  const own = {
    ...{ roots: ca !== undefined, connect, ...others },
    ...(platforms === undefined || isDefault(platforms) ? {} : { platforms }),
  };
  return {
    ...(own.roots || connect.length > 0 || Object.keys(own).length > 2 ? { own } : {}),
    ...(channels === undefined ? {} : { channels }),
  };
}

/** Compares in any order. */
function isDefault(chosen: readonly Platform[]): boolean {
  return defaultPlatforms.length === chosen.length && defaultPlatforms.every((one) => chosen.includes(one));
}

function* disagreements(ref: DomainRef, { tallies }: Judgement): Generator<Happening> {
  for (const { endpoint, counts } of tallies) {
    for (const kind of ['pin_mismatch', 'untrusted'] as const) {
      const { bad, clean } = counts[kind];
      if (bad > 0 && clean > 0) yield { kind: 'disagreed', ref, endpoint, about: kind, bad, of: bad + clean };
    }
  }
}

function probed(check: Check, isNew: boolean, confirmed: boolean): Report {
  const { verdict, findings, endpoints } = check;
  const codes = findings.map((finding) => finding.code);
  const failures = new Set(endpoints.filter(isFailed).flatMap(({ failure }) => failure?.code ?? []));
  const judged = { verdict, apps: appsConnect(check), codes, failures: [...failures] };
  return { kind: 'probed', isNew, confirmed, ...judged };
}
