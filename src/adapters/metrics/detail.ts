/** Which domains the metrics show one by one, and the totals of all domains. */
import { type IncidentKind, incidentKinds } from '../../core/condition.ts';
import { type TroubleRules, troubleOf } from '../../core/domain-trouble.ts';
import type { Overview } from '../../flow/overview.ts';

export interface DetailSettings extends TroubleRules {
  /** `problems`: only domains with something wrong, for installations with more series than Prometheus could hold. */
  readonly shows: 'all' | 'problems';
}

export interface DomainsView {
  readonly shown: Overview['domains'];
  /** Of all domains, shown or not. */
  readonly accounts: ReadonlyMap<string, AccountTotals>;
  readonly open: ReadonlyMap<IncidentKind, number>;
  /** Milliseconds since the epoch, 0 for never. */
  readonly newestProbeAt: number;
}

export interface AccountTotals {
  domains: number;
  problems: number;
}

/** If more are in trouble at once, it is not about single domains, and the totals show it. */
const mostShown = 10_000;

/**
 * How long a domain is still shown after its trouble is over: the alert rules take the last value of five minutes, and
 * would keep that of a series that has vanished.
 */
const lingeringMs = 10 * 60_000;

/** Domains that are examined before the event loop runs. */
const domainsPerTurn = 5_000;

/** Remembers which domains were in trouble a moment ago. */
export function createDetail(settings: DetailSettings, clock: () => number) {
  const troubledAt = new Map<string, number>();

  function lingers(name: string, now: number): boolean {
    const at = troubledAt.get(name);
    return at !== undefined && now - at < lingeringMs;
  }

  function remember(rows: readonly Row[], now: number): void {
    for (const [name, at] of troubledAt) if (now - at >= lingeringMs || at > now) troubledAt.delete(name);
    for (const row of rows) if (troubledAt.size < 2 * mostShown) troubledAt.set(nameOf(row), now);
  }

  return async function view(domains: Overview['domains']): Promise<DomainsView> {
    const now = clock();
    const accounts = new Map<string, AccountTotals>();
    const open = new Map<IncidentKind, number>(incidentKinds.map((kind) => [kind, 0]));
    const shown = { open: [] as Row[], amiss: [] as Row[], lingering: [] as Row[] };
    let newestProbeAt = 0;
    const count = ({ account, status }: Row, isTroubled: boolean) => {
      const totals = accounts.get(account) ?? { domains: 0, problems: 0 };
      accounts.set(account, totals);
      totals.domains += 1;
      if (isTroubled) totals.problems += 1;
      for (const kind of status.open) open.set(kind, (open.get(kind) ?? 0) + 1);
    };
    for await (const rows of byTurns(domains)) {
      for (const { status } of rows) newestProbeAt = Math.max(newestProbeAt, status.lastProbeAt);
    }
    for await (const rows of byTurns(domains)) {
      for (const row of rows) {
        const trouble = troubleOf(row.status, settings, { now, newestProbeAt });
        count(row, trouble !== null);
        if (settings.shows === 'all') continue;
        if (trouble !== null) shown[trouble].push(row);
        else if (lingers(nameOf(row), now)) shown.lingering.push(row);
      }
    }
    const totals = { accounts, open, newestProbeAt };
    if (settings.shows === 'all') return { shown: domains, ...totals };
    const troubled = [...shown.open, ...shown.amiss].slice(0, mostShown);
    remember(troubled, now);
    return { shown: [...troubled, ...shown.lingering.slice(0, mostShown)], ...totals };
  };
}

type Row = Overview['domains'][number];

const nameOf = ({ account, domain }: Row) => `${account} ${domain}`;

async function* byTurns(domains: Overview['domains']): AsyncGenerator<Overview['domains']> {
  for (let start = 0; start < domains.length; start += domainsPerTurn) {
    yield domains.slice(start, start + domainsPerTurn);
    await new Promise(setImmediate);
  }
}

export type Detail = ReturnType<typeof createDetail>;
