/** The Prometheus text format, version 0.0.4. Domains are rendered from stored state, not through a registry:
 *  100,000 of them in prom-client's objects would block the event loop for over a second at each scrape. */
import { incidentKinds } from '../../core/condition.ts';
import { domainSeries } from '../../core/series.ts';
import type { Overview } from '../../flow/overview.ts';
import type { AccountTotals, DomainsView } from './detail.ts';

/** Characters that are rendered before they are handed on and the event loop runs. */
const chunkLength = 128 * 1024;

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
  let chunk = head(`account_${name}`, help);
  for (const [account, totals] of accounts) {
    chunk += `pinwatch_account_${name}{account="${escapeLabel(account)}"} ${total(totals)}\n`;
    if (chunk.length < chunkLength) continue;
    yield chunk;
    chunk = '';
    await new Promise(setImmediate);
  }
  yield chunk;
}

async function* ofDomains(domains: Overview['domains']): AsyncGenerator<string> {
  for (const { name, help, of } of domainSeries) {
    let chunk = head(name, help);
    for (const { account, domain, status } of domains) {
      const value = of(status);
      if (value === null) continue;
      chunk += `pinwatch_${name}{account="${escapeLabel(account)}",domain="${escapeLabel(domain)}"} ${value}\n`;
      if (chunk.length < chunkLength) continue;
      yield chunk;
      chunk = '';
      await new Promise(setImmediate);
    }
    yield chunk;
  }
}

function service(overview: Overview, { open, newestProbeAt }: DomainsView): string[] {
  const { domains, noticesPending, sweepStartedAt, nextSweepAt, queues, unreadable = 0 } = overview;
  const kinds = incidentKinds.map(
    (kind) => `pinwatch_incidents_open{kind="${kind}"} ${open.get(kind) ?? 0}\n`,
  );
  const jobs = queues.map(
    ({ queue, state, jobs }) => `pinwatch_queue_jobs{queue="${queue}",state="${state}"} ${jobs}\n`,
  );
  return [
    gauge('domains', 'Registered domains.', domains.length),
    head('incidents_open', 'Open incidents by kind.') + kinds.join(''),
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
    head('queue_jobs', 'Jobs by queue and state.') + jobs.join(''),
  ];
}

function gauge(name: string, help: string, value: number): string {
  return `${head(name, help)}pinwatch_${name} ${value}\n`;
}

function head(name: string, help: string): string {
  return `# HELP pinwatch_${name} ${help}\n# TYPE pinwatch_${name} gauge\n`;
}

function escapeLabel(value: string): string {
  // Hardly any label has one, and one search is cheaper than three.
  if (!/[\\"\n]/.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
