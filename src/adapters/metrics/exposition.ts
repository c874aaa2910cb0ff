/** The Prometheus text format, version 0.0.4. Domains are rendered from stored state, not through a registry:
 *  100,000 of them in prom-client's objects would block the event loop for over a second at each scrape. */
import { incidentKinds } from '../../core/condition.ts';
import { domainSeries } from '../../core/series.ts';
import type { Overview } from '../../flow/overview.ts';

/** Lines rendered before the event loop gets a turn. */
const linesPerTurn = 20_000;

/** All shared metrics: each domain's series, and the service's. */
export async function renderOverview(overview: Overview): Promise<string> {
  return [await renderDomains(overview.domains), ...service(overview)].join('');
}

export async function renderDomains(domains: Overview['domains']): Promise<string> {
  const labels = domains.map(
    ({ account, domain }) => `{account="${escapeLabel(account)}",domain="${escapeLabel(domain)}"} `,
  );
  const blocks: string[] = [];
  let lines = 0;
  for (const { name, help, of } of domainSeries) {
    let block = head(name, help);
    for (const [row, { status }] of domains.entries()) {
      const value = of(status);
      if (value === null) continue;
      block += `pinwatch_${name}${labels[row]}${value}\n`;
      lines += 1;
      if (lines % linesPerTurn === 0) await new Promise(setImmediate);
    }
    blocks.push(block);
  }
  return blocks.join('');
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
      'Notices stored but not yet delivered to every recipient, without those that wait for a weekly mail.',
      noticesPending,
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
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
