/** The Prometheus text format, version 0.0.4. Domains are rendered from stored state, not through a registry:
 *  100,000 of them in prom-client's objects would block the event loop for over a second at each scrape. */
import type { IncidentKind } from '../../core/condition.ts';
import type { ConfigIncidentKind } from '../../core/config-incident.ts';
import type { DomainStatus } from '../../core/domain-status.ts';
import { type NoticeKind, noticeKinds } from '../../core/notice.ts';
import type { KnownRegion } from '../../core/region.ts';
import { domainSeries, regionSeries } from '../../core/series.ts';
import type { Overview } from '../../flow/overview.ts';
import type { AccountTotals, DomainsView } from './detail.ts';

/** Lines that are rendered before they are handed on and the event loop runs: some 100 KB. */
const linesPerTurn = 1_000;

/** All shared metrics: the series of domains and accounts, and the service's. `view` is of the same domains. */
export async function* renderOverview(overview: Overview, view: DomainsView): AsyncGenerator<string> {
  yield* renderDomains(view);
  yield service(overview, view).join('');
}

/** The series of the shown domains, and the totals of their accounts. */
export async function* renderDomains({ shown, accounts }: DomainsView): AsyncGenerator<string> {
  yield* ofDomains(shown);
  yield* ofAccounts('domains', 'Registered domains of the account.', accounts, ({ domains }) => domains);
  const help = 'Domains of the account with something wrong, whether or not their own series are shown.';
  yield* ofAccounts('problem_domains', help, accounts, ({ problems }) => problems);
}

async function* ofAccounts(
  name: string,
  help: string,
  accounts: DomainsView['accounts'],
  total: (totals: AccountTotals) => number,
): AsyncGenerator<string> {
  yield gaugeHead(`account_${name}`, help);
  for (const page of pagesOf([...accounts])) {
    const labels = page.map(([account]) => `account="${labelOf(account)}"} `);
    const values = page.map(([, totals]) => total(totals));
    yield linesOf(`account_${name}`, labels, values);
    await new Promise(setImmediate);
  }
}

interface Page {
  readonly labels: readonly string[];
  readonly statuses: readonly DomainStatus[];
}

/** The labels of a domain are the same in each of its series, and made once. */
async function* ofDomains(domains: Overview['domains']): AsyncGenerator<string> {
  const pages: Page[] = [];
  for (const page of pagesOf(domains)) {
    // Joined, it is one piece of memory. A template is a tree of its parts, which each series would walk through again.
    const labels = page.map(({ account, domain }) =>
      ['account="', labelOf(account), '",domain="', labelOf(domain), '"} '].join(''),
    );
    pages.push({ labels, statuses: page.map(({ status }) => status) });
    await new Promise(setImmediate);
  }
  for (const { name, help, of } of domainSeries) {
    yield gaugeHead(name, help);
    for (const { labels, statuses } of pages) {
      yield linesOf(name, labels, statuses.map(of));
      await new Promise(setImmediate);
    }
  }
  yield* ofRegions(pages);
}

/** What each region sees of a domain: nothing at all if there is only one. */
async function* ofRegions(pages: readonly Page[]): AsyncGenerator<string> {
  if (!pages.some(({ statuses }) => statuses.some(({ regions }) => regions !== undefined))) return;
  for (const { name, help, of } of regionSeries) {
    yield gaugeHead(name, help);
    for (const { labels, statuses } of pages) {
      const rows = statuses.flatMap(({ regions = {} }, index) =>
        Object.entries(regions).map(([region, verdict]) => ({
          label: `${labels[index]?.slice(0, -2)},region="${labelOf(region)}"} `,
          value: of(verdict),
        })),
      );
      yield linesOf(
        name,
        rows.map(({ label }) => label),
        rows.map(({ value }) => value),
      );
      await new Promise(setImmediate);
    }
  }
}

function* pagesOf<T>(all: readonly T[]): Generator<T[]> {
  for (let start = 0; start < all.length; start += linesPerTurn) yield all.slice(start, start + linesPerTurn);
}

/** One line for each value that is not null. */
function linesOf(name: string, labels: readonly string[], values: readonly (number | null)[]): string {
  const start = `pinwatch_${name}{`;
  let lines = '';
  // By index: entries() takes as long as the rest.
  for (let index = 0; index < values.length; index += 1) {
    if (values[index] !== null) lines += `${start}${labels[index]}${values[index]}\n`;
  }
  return lines;
}

function service(overview: Overview, { open, newestProbeAt }: DomainsView): string[] {
  const { domains, noticesPending, sweepStartedAt, nextSweepAt, queues, unreadable = 0 } = overview;
  const openOf = (kind: NoticeKind) =>
    (kind === 'blind' ? overview.blind : undefined) ??
    open.get(kind as IncidentKind) ??
    overview.openConfigs?.get(kind as ConfigIncidentKind) ??
    0;
  const kinds = noticeKinds.map((kind) => `pinwatch_incidents_open{kind="${kind}"} ${openOf(kind)}\n`);
  const jobs = queues.map(
    ({ queue, state, jobs }) => `pinwatch_queue_jobs{queue="${queue}",state="${state}"} ${jobs}\n`,
  );
  return [
    gauge('domains', 'Registered domains.', domains.length),
    gaugeHead('incidents_open', 'Open incidents by kind.') + kinds.join(''),
    gauge(
      'notices_pending',
      'Notices stored but not yet delivered to every recipient, without those that wait for a weekly mail.',
      noticesPending,
    ),
    gauge(
      'newest_probe_timestamp_seconds',
      'When the domain that was probed last was probed.',
      Math.floor(newestProbeAt / 1000),
    ),
    gauge('sweep_last_start_timestamp_seconds', 'When the last sweep started.', sweepStartedAt / 1000),
    gauge('sweep_next_timestamp_seconds', 'When the next sweep is due.', nextSweepAt / 1000),
    gauge(
      'unreadable_values',
      'Values in the store that cannot be read: each affects its own domain.',
      unreadable,
    ),
    gaugeHead('queue_jobs', 'Jobs by queue and state.') + jobs.join(''),
    ...ofEachRegion(overview.regions ?? []),
  ];
}

/** None if there is only one. */
function ofEachRegion(regions: readonly KnownRegion[]): string[] {
  if (regions.length === 0) return [];
  const lines = (name: string, of: (region: KnownRegion) => number) =>
    regions.map((one) => `pinwatch_${name}{region="${labelOf(one.name)}"} ${of(one)}\n`).join('');
  const up = '1 while a worker in the region is heard from, 0 if nobody looks from there.';
  return [
    gaugeHead('region_up', up) + lines('region_up', ({ workers }) => Number(workers > 0)),
    gaugeHead('region_workers', 'Workers in the region that are heard from.') +
      lines('region_workers', ({ workers }) => workers),
  ];
}

function gauge(name: string, help: string, value: number): string {
  return `${gaugeHead(name, help)}pinwatch_${name} ${value}\n`;
}

export function gaugeHead(name: string, help: string): string {
  return `# HELP pinwatch_${name} ${help}\n# TYPE pinwatch_${name} gauge\n`;
}

export function labelOf(value: string): string {
  // Hardly any label has one, and one search is cheaper than three.
  if (!/[\\"\n]/.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
