/**
 * Watches whether pinwatch sees anything at all. Every server does so, from the shared statuses, and comes to the same
 * result; one of them stores it.
 */
import { advanceBlind, blindness, type SightLook } from '../core/blind-advance.ts';
import {
  type BlindRecord,
  type BlindReport,
  type BlindTransition,
  openBlinds,
} from '../core/blind-incident.ts';
import { isFailed } from '../core/check.ts';
import type { FailureCode } from '../core/observation.ts';
import type { KnownRegion } from '../core/region.ts';
import { followAnswers, type RegionAnswers, watchedRegions } from '../core/region-answers.ts';
import { advanceRegions, type RegionsLook, regionsAway } from '../core/region-blind.ts';
import type { NotifySettings } from '../core/settings.ts';
import { latestProbeMs, type Sight, sightOf } from '../core/sight.ts';
import type { AdminStore } from './admin/admin-store.ts';
import type { Journal } from './journal.ts';
import type { Overview } from './overview.ts';
import { eachAccount } from './publish/each-account.ts';
import type { SightStore } from './sight-store.ts';

export interface SightPorts {
  /** All that are known. */
  readonly regions: () => Promise<readonly KnownRegion[]>;
  readonly statuses: () => Promise<Overview['domains']>;
  readonly sightStore: SightStore;
  readonly adminStore: Pick<AdminStore, 'account' | 'record'>;
  readonly intervalMs: () => number;
  readonly notify: () => NotifySettings;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Milliseconds by a monotonic clock. */
  readonly steady: () => number;
  /** Since when Redis has been usable, by `steady`. */
  readonly fitSince: () => number;
  /** Right after the clock was set, no stored time can be compared with it. */
  readonly hasJustStepped: () => boolean;
  /** Hints to the deliverer that the account owes notices, due in `waitMs`. */
  readonly nudge: (account: string, waitMs: number) => Promise<void>;
  readonly journal: Journal;
}

export interface SightWatch {
  /** Accounts that are blind, as of the last look. */
  blind(): number;
  /** Rejects if the store can't be used. */
  look(): Promise<void>;
}

type Look = SightLook & RegionsLook;

/** Accounts at a time. */
const atOnce = 64;
/**
 * After this many looks the record of every account is read, and not only of those that may be blind: a process that opened an
 * incident may have ended before it closed it, and as long as it is open, no `unreachable` of the account is told.
 */
const wholeEvery = 10;
/** After this many, another process has stored the same. */
const mostConflicts = 3;

export function createSightWatch(ports: SightPorts): SightWatch {
  const { sightStore, adminStore, clock, steady } = ports;
  const began = steady();
  /** Accounts with such an incident open, and whether nothing at all is seen of them; null before the first look. */
  let known: ReadonlyMap<string, boolean> | null = null;
  let answers: RegionAnswers | null = null;
  let looked = 0;

  /** Whether probes should have been made since Redis and this process are there. */
  function isIdle({ domains, probedAt }: Sight): boolean {
    const lateMs = latestProbeMs(ports.intervalMs());
    const isWatched = steady() - Math.max(began, ports.fitSince()) > lateMs;
    return isWatched && domains > 0 && probedAt > 0 && clock() - probedAt > lateMs;
  }

  async function lookAt(look: Look, rules: NotifySettings): Promise<BlindRecord> {
    const { account, at } = look;
    for (let conflicts = 0; ; conflicts += 1) {
      const { record: before, token } = await sightStore.load(account);
      const next = advanceBlind(before, look, rules);
      const inRegions = advanceRegions(next.record, look, rules);
      if (inRegions.record === before || conflicts === mostConflicts) return before;
      const { record, transitions: ofAll } = await withFailures(account, inRegions.record, next.transition);
      const transitions = [...ofAll, ...inRegions.transitions];
      if ((await sightStore.commit(account, token, record, transitions, at)) !== 'stored') continue;
      for (const transition of transitions) ports.journal({ kind: 'blind_transition', account, transition });
      if (transitions.length > 0) await ports.nudge(account, rules.groupWaitMs);
      return record;
    }
  }

  /** Why the examples could not be judged: what people look for first. */
  async function withFailures(
    account: string,
    record: BlindRecord,
    transition: BlindTransition | null,
  ): Promise<{ record: BlindRecord; transitions: BlindTransition[] }> {
    if (transition === null || transition.transition === 'closed') {
      return { record, transitions: transition === null ? [] : [transition] };
    }
    const failures = await failuresOf(account, transition.blind.examples);
    const report: BlindReport = { ...transition.blind, failures };
    return { record: { ...record, report }, transitions: [{ ...transition, blind: report }] };
  }

  async function failuresOf(account: string, examples: readonly string[]): Promise<BlindReport['failures']> {
    const counts = new Map<FailureCode, number>();
    for (const domain of examples) {
      const check = (await adminStore.record({ account, domain }))?.lastCheck;
      const codes = (check?.endpoints ?? []).filter(isFailed).flatMap(({ failure }) => failure?.code ?? []);
      for (const code of new Set(codes)) counts.set(code, (counts.get(code) ?? 0) + 1);
    }
    return [...counts].sort(([, a], [, b]) => b - a).map(([code, domains]) => ({ code, domains }));
  }

  return {
    blind: () => [...(known?.values() ?? [])].filter((isBlind) => isBlind).length,
    async look() {
      if (ports.hasJustStepped()) return;
      const [rows, heard] = await Promise.all([ports.statuses(), ports.regions()]);
      const at = clock();
      const intervalMs = ports.intervalMs();
      answers = followAnswers(answers, heard, rows, at, intervalMs);
      const regions = watchedRegions(heard, answers, at);
      const areAway = regionsAway(regions, intervalMs).length > 0;
      const all = sightOf(rows, at, intervalMs);
      const idle = isIdle(all);
      const looks = [...byAccount(rows)].map(([account, own]) => {
        const seen = sightOf(own, at, intervalMs);
        return { account, at, intervalMs, own: seen, all, isIdle: idle, regions };
      });
      for (const account of known?.keys() ?? []) {
        if (looks.some((look) => look.account === account)) continue;
        looks.push({ account, at, intervalMs, own: sightOf([], at, intervalMs), all, isIdle: idle, regions });
      }
      const isWhole = known === null || looked % wholeEvery === 0;
      looked += 1;
      const blind = new Map<string, boolean>();
      await eachAccount(looks, atOnce, async (look) => {
        const { account } = look;
        const may = { unreachableAfter: 1 };
        // Most accounts are seen: nothing more is read of them.
        const isCalm = !areAway && known?.has(account) !== true && blindness(look, may) === null;
        if (!isWhole && isCalm) return;
        const owner = await adminStore.account(account);
        const rules = { ...ports.notify(), ...owner?.value.notify };
        const record = await lookAt(look, rules);
        if (openBlinds(record).length > 0) blind.set(account, record.incident !== null);
      });
      known = blind;
    },
  };
}

function byAccount(rows: Overview['domains']): Map<string, Overview['domains'][number][]> {
  const groups = new Map<string, Overview['domains'][number][]>();
  for (const row of rows) {
    const group = groups.get(row.account);
    if (group === undefined) groups.set(row.account, [row]);
    else group.push(row);
  }
  return groups;
}
