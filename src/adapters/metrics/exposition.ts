/** The Prometheus text format, version 0.0.4. Domains are rendered from stored state, not through a registry:
 *  100,000 of them in prom-client's objects would block the event loop for over a second at each scrape. */
import { incidentKinds } from '../../core/condition.ts';
import { domainSeries } from '../../core/series.ts';
import type { Overview } from '../../flow/overview.ts';
import type { AccountTotals, DomainsView } from './detail.ts';

/** Characters that are put together before they are handed on; then the event loop has a turn. */
const chunkLength = 128 * 1024;

/** Everything that is shared: the series of domains and accounts, and the service's. `view` is of the same domains. */
export async function* renderOverview(overview: Overview, view: DomainsView): AsyncGenerator<string> {
  yield* renderDomains(view);
  yield service(overview, view).join('');
}

/** The series of the domains that are shown, and what is said of all domains of their accounts. */
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
  for (const [index, { name, help }] of domainSeries.entries()) {
    let chunk = head(name, help);
    for (const { account, domain, status } of domains) {
      const value = status.values[index];
      if (value === null || value === undefined) continue;
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
      'Notices stored and not yet delivered to everybody, without those that wait for a weekly mail.',
      noticesPending,
    ),
    gauge(
      'newest_probe_timestamp_seconds',
      'When the domain that was probed last was probed.',
      newestProbeAt / 1000,
    ),
    gauge('sweep_last_start_timestamp_seconds', 'When the last sweep started.', sweepStartedAt / 1000),
    gauge('sweep_next_timestamp_seconds', 'When the next sweep is due.', nextSweepAt / 1000),
    gauge(
      'unreadable_values',
      'Values of the store that cannot be read: each harms its own domain.',
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
  // Hardly any has one, and looking once is cheaper than thrice.
  if (!/[\\"\n]/.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
