/** The part of the composition root that listens: health, metrics, the API and the view of the queues. */
import type { createProbeDesk } from './adapters/bullmq/desk.ts';
import type { Queues } from './adapters/bullmq/queues.ts';
import type { Workers } from './adapters/bullmq/workers.ts';
import { type HttpListener, listen, type MetricsReader } from './adapters/http/server.ts';
import { renderDomains, renderOverview } from './adapters/metrics/exposition.ts';
import type { ProcessMetrics } from './adapters/metrics/process-metrics.ts';
import { withDeadline } from './adapters/time/deadline.ts';
import type { Access } from './compose-access.ts';
import type { Clocks } from './compose-clock.ts';
import type { ServiceOptions } from './compose-options.ts';
import { readStrangersRoots } from './compose-probe.ts';
import type { Store } from './compose-store.ts';
import type { Watch } from './compose-work.ts';
import { createAdministration } from './flow/admin/administration.ts';
import type { CheckDomainPorts } from './flow/check-domain.ts';
import { type Overview, readOverview } from './flow/overview.ts';
import type { StoreGuard } from './flow/store-guard.ts';
import { version } from './version.ts';

/** What is there so far: the listener is up before Redis is, and says so. */
export interface Running {
  queues?: Queues;
  desk?: ReturnType<typeof createProbeDesk>;
  workers?: Workers;
  watch?: Watch;
  clocks?: Clocks;
  /** The queues that somebody has paused. */
  paused?: () => readonly string[];
  /** Everything is there, and the service does its job. */
  works: boolean;
}

const clock = () => Date.now();
const tellFullEveryMs = 60_000;
const unchecked = 'who it is has not been looked at yet';

export function composeListener(
  { config, role, log }: ServiceOptions,
  store: Store,
  guard: StoreGuard,
  access: Access,
  observe: CheckDomainPorts['observe'],
  metrics: ProcessMetrics,
  running: Running,
  stopping: AbortSignal,
): Promise<HttpListener> {
  const { link, registrar, records, tokens, reader } = store;
  const { adminToken, probesPerMinute, changesPerMinute } = config.http;
  const trouble = () => {
    if (link.trouble() !== null) return link.trouble();
    if (!running.works) return 'starting';
    return guard.isChecked() ? null : unchecked;
  };
  // The API lets nobody in before there is one.
  const desk = () => running.desk ?? raise('the queues are not there yet');
  const administration = createAdministration({
    ...{ registrar, records, tokens, clock, hasEnvironmentAdmin: adminToken !== null },
    observe: (domain, signal) => observe(domain, {}, signal),
    readRoots: readStrangersRoots,
    nudge: async (account) => running.queues?.nudge(account, 0),
    platforms: config.platforms,
    desk: {
      request: (refs) => desk().request(refs),
      ticket: (account, id) => desk().ticket(account, id),
      follow: (account, ids, signal) => desk().follow(account, ids, signal),
    },
  });

  let overview: Overview | null = null;
  async function freshOverview(queues: Queues): Promise<Overview> {
    if (link.trouble() !== null) throw new Error('redis is away');
    const read = readOverview({ ...reader, nextSweepAt: queues.nextSweepAt, queueCounts: queues.counts });
    return withDeadline(read, readMs);
  }

  async function allMetrics(queues: Queues): Promise<string> {
    // While Redis is away the last known state stays: series that vanish would resolve alerts that still stand.
    overview = await freshOverview(queues).catch(() => overview);
    return overview === null ? '' : renderOverview(overview);
  }

  const known = new Map<string, Overview['domains']>();
  /** Not picked from those of all: how many others there are must not show in the time it takes. */
  async function metricsOfOne(account: string): Promise<string> {
    const read = link.trouble() === null ? withDeadline(reader.statusesOf(account), readMs) : null;
    const fresh = await read?.catch(() => null);
    if (fresh) known.set(account, fresh);
    const domains = known.get(account);
    return domains === undefined ? '' : renderDomains(domains);
  }

  async function metricsOf(reader: MetricsReader) {
    const { contentType } = metrics;
    const account = reader === 'process' ? null : reader.account;
    // What a process has done, and how many domains there are, is about all accounts.
    const own = account === null ? await metrics.render() : '';
    if (role === 'worker' || reader === 'process' || !running.queues) return { contentType, text: own };
    const shown = account === null ? allMetrics(running.queues) : metricsOfOne(account);
    return { contentType, text: own + (await shown) };
  }

  function unready(): string[] {
    if (stopping.aborted) return ['shutting down'];
    const redis = link.trouble();
    const starting = running.works ? null : 'starting';
    const isUnchecked = running.works && !guard.isChecked();
    const closed = redis === null ? (guard.closed() ?? (isUnchecked ? unchecked : null)) : null;
    const paused = (running.paused?.() ?? []).map((queue) => `the ${queue} queue is paused`);
    const reasons = [
      redis === null ? null : `redis: ${redis}`,
      closed === null ? null : `store: ${closed}`,
      starting,
      running.workers?.trouble(),
      ...paused,
      running.clocks?.trouble(),
    ];
    return reasons.filter((reason) => typeof reason === 'string');
  }

  const queues = () => running.queues?.shown() ?? [];
  const limits = { probesPerMinute, changesPerMinute, counter: link.redis };
  const api = { administration, access: access.api, version, ...limits, trouble, queues };
  const onError = ({ message }: Error) =>
    log.error({ event: 'trouble', reason: message }, 'a request failed');
  let fullToldAt = Number.NEGATIVE_INFINITY;
  const onFull = () => {
    // Each is one more connection of the same flood.
    if (performance.now() - fullToldAt < tellFullEveryMs) return;
    fullToldAt = performance.now();
    const { connections } = config.http;
    log.warn(
      { event: 'connections_full', connections },
      `${connections} connections are open (http.connections): the longest idle one is closed for each new one`,
    );
  };
  return listen(
    { ...config.http, onError, onFull },
    {
      access: access.scrapers,
      api: role === 'worker' ? null : api,
      unhealthy: () => running.watch?.stuck() ?? null,
      unready,
      notes: () => running.clocks?.notes() ?? [],
      metrics: metricsOf,
    },
  );
}

/** Prometheus gives up after 10 s by default; better an answer with the last known state than none. */
const readMs = 5_000;

function raise(message: string): never {
  throw new Error(message);
}
