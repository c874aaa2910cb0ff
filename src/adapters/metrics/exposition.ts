/** The Prometheus text format, version 0.0.4. Domains are rendered from stored state, not through a registry:
 *  100,000 of them in prom-client's objects would block the event loop for over a second at each scrape. */
import { incidentKinds } from '../../core/condition.ts';
import { domainSeries } from '../../core/series.ts';
import type { Overview } from '../../flow/overview.ts';

/** Characters that are put together before they are handed on; then the event loop has a turn. */
const chunkLength = 128 * 1024;

/** Everything that is shared: each domain's series, and the service's. */
export async function* renderOverview(overview: Overview): AsyncGenerator<string> {
  yield* renderDomains(overview.domains);
  yield service(overview).join('');
}

export async function* renderDomains(domains: Overview['domains']): AsyncGenerator<string> {
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

function service(overview: Overview): string[] {
  const { domains, noticesPending, sweepStartedAt, nextSweepAt, queues, unreadable = 0 } = overview;
  const kinds = incidentKinds.map((kind) => {
    const count = domains.filter(({ status }) => status.open.includes(kind)).length;
    return `pinwatch_incidents_open{kind="${kind}"} ${count}\n`;
  });
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
