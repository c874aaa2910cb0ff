/** The part of the composition root that listens: health, metrics, the API and the view of the queues. */
import type { createProbeDesk } from '../adapters/bullmq/desk.ts';
import type { Queues } from '../adapters/bullmq/queues.ts';
import type { Workers } from '../adapters/bullmq/workers.ts';
import type { AdminPorts } from '../adapters/http/api-options.ts';
import type { ChannelOptions } from '../adapters/http/channel-route.ts';
import { type HttpListener, listen, type MetricsReader } from '../adapters/http/server.ts';
import { renderConfigs } from '../adapters/metrics/config-series.ts';
import { createDetail } from '../adapters/metrics/detail.ts';
import { createLastKnown } from '../adapters/metrics/last-known.ts';
import type { ProcessMetrics } from '../adapters/metrics/process-metrics.ts';
import { readPins } from '../adapters/pin-formats/read-pins.ts';
import { pinWriter } from '../adapters/pin-formats/write/pin-writer.ts';
import { withDeadline } from '../adapters/time/deadline.ts';
import { laggingObstacles } from '../core/rotation-answer.ts';
import type { CheckDomainPorts } from '../flow/check-domain.ts';
import type { Journal } from '../flow/journal.ts';
import type { Mailer } from '../flow/mailer.ts';
import { readOverview } from '../flow/overview.ts';
import { laggingReasons } from '../flow/publish/read-adoption.ts';
import type { StoreGuard } from '../flow/store-guard.ts';
import { version } from '../version.ts';
import type { Access } from './access.ts';
import type { Clocks } from './clocks.ts';
import { composeNotifierInForce } from './notifier.ts';
import type { ServiceOptions } from './options.ts';
import { composeCertificates, readStrangersRoots } from './probe.ts';
import type { Publishing } from './publishing.ts';
import type { Settings } from './settings.ts';
import type { Store } from './store.ts';
import type { Watch } from './watches.ts';

/** What exists once Redis can be used. */
export interface Engine {
  readonly queues: Queues;
  /** Takes requests for probes; null in a worker, which has no API. */
  readonly desk: ReturnType<typeof createProbeDesk> | null;
}

/** What exists once the service does its job. */
export interface Work {
  /** null in a server, which leaves probes to workers. */
  readonly workers: Workers | null;
  readonly watch: Watch;
  /** The paused queues. */
  readonly paused: () => readonly string[];
  /** Accounts of which pinwatch sees nothing. */
  readonly blind: () => number;
  /** Puts into Redis what must exist there. */
  readonly establish: () => Promise<void>;
  /** The same, without waiting; a failure is logged. */
  readonly restore: () => void;
}

/** The progress of the start: the listener is up before Redis, and reports it. */
export interface Progress {
  readonly engine: () => Engine | null;
  readonly work: () => Work | null;
}

const clock = () => Date.now();
const tellFullEveryMs = 60_000;
const noQueues = 'the queues are not ready yet';
const unchecked = 'its identity has not been checked yet';

export function composeListener(
  { config, role, log }: ServiceOptions,
  settings: Settings,
  store: Store,
  { guard, clocks }: { readonly guard: StoreGuard; readonly clocks: Clocks },
  access: Access,
  observe: CheckDomainPorts['observe'],
  mailer: Mailer,
  metrics: ProcessMetrics,
  publishing: Publishing | null,
  { engine, work }: Progress,
  journal: Journal,
  reload: AdminPorts['reload'],
  stopping: AbortSignal,
): Promise<HttpListener> {
  const { link, adminStore, pinSetStore, rotationStore, probeStore, tokens, reader } = store;
  const { configWatchStore: watchStore, sightStore } = store;
  const { adminToken, probesPerMinute, changesPerMinute } = config.http;
  const trouble = () => {
    if (link.trouble() !== null) return link.trouble();
    if (work() === null) return 'starting';
    return guard.isChecked() ? null : unchecked;
  };
  const { metricsDetail: shows } = config.http;
  const troubleRules = {
    shows,
    get intervalMs() {
      return settings.now().intervalMs;
    },
    get expiringWithinMs() {
      return settings.now().notify.expiringWithinMs;
    },
  };
  const openConfigs = () => publishing?.openIncidents() ?? new Map();
  const blind = () => work()?.blind() ?? 0;
  // The API lets nobody in before the engine exists.
  const queues = () => engine()?.queues ?? raise(noQueues);
  const desk = () => engine()?.desk ?? raise(noQueues);
  const ports = (own: Publishing['ports']): AdminPorts => ({
    ...own,
    ...{
      adminStore,
      pinSetStore,
      rotationStore,
      readPins,
      probeStore,
      watchStore,
      sightStore,
      tokens,
      clock,
      hasEnvironmentAdmin: adminToken !== null,
    },
    observe: (domain, signal) => observe(domain, {}, signal),
    ...composeCertificates(),
    laggingInstalls: async (account, host, pin) => {
      const reasons = await laggingReasons(account, host, pin, { ...own, clock });
      return laggingObstacles(reasons);
    },
    notifier: composeNotifierInForce(settings),
    mailer,
    readRoots: readStrangersRoots,
    pinWriter,
    nudge: async (account) => engine()?.queues.nudge(account, 0),
    probeSoon: async (refs) => engine()?.queues.probeSoon(refs),
    get platforms() {
      return settings.now().platforms;
    },
    get probe() {
      return settings.now().probe;
    },
    reload,
    shared: {
      ...reader,
      nextSweepAt: () => queues().nextSweepAt(),
      workers: () => queues().workers(),
      regions: store.regionStore.read,
      openConfigs,
      blind,
    },
    troubleRules,
    desk: {
      request: (refs) => desk().request(refs),
      ticket: (account, id) => desk().ticket(account, id),
      follow: (account, ids, signal) => desk().follow(account, ids, signal),
    },
  });

  const whileThere = async <T>(read: () => Promise<T>): Promise<T> => {
    if (link.trouble() !== null) throw new Error('redis is away');
    return withDeadline(read(), readMs);
  };
  const detail = createDetail(troubleRules, clock);
  const state = {
    overview: () =>
      whileThere(() => {
        const { nextSweepAt, counts } = queues();
        const regions = store.regionStore.read;
        return readOverview({ ...reader, nextSweepAt, queueCounts: counts, openConfigs, blind, regions });
      }),
    statusesOf: (account: string) => whileThere(() => reader.statusesOf(account)),
  };
  const shared = createLastKnown(state, detail);

  async function metricsOf(reader: MetricsReader) {
    const { contentType } = metrics;
    const account = reader === 'process' ? null : reader.account;
    // The activity of a process and the number of domains concern all accounts.
    const own = account === null ? await metrics.render() : '';
    if (role === 'worker' || reader === 'process' || engine() === null) return { contentType, parts: [own] };
    const shown = await (account === null ? shared.all() : shared.of(account));
    const configs = renderConfigs(publishing?.statuses(account) ?? []);
    return { contentType, parts: behind(own + configs, shown) };
  }

  function unready(): string[] {
    if (stopping.aborted) return ['shutting down'];
    const outdated = guard.outdated();
    if (outdated !== null) return [`store: ${outdated}`];
    const redis = link.trouble();
    const working = work();
    const isUnchecked = working !== null && !guard.isChecked();
    const closed = redis === null ? (guard.closed() ?? (isUnchecked ? unchecked : null)) : null;
    const paused = (working?.paused() ?? []).map((queue) => `the ${queue} queue is paused`);
    const reasons = [
      redis === null ? null : `redis: ${redis}`,
      closed === null ? null : `store: ${closed}`,
      working === null ? 'starting' : working.workers?.trouble(),
      ...paused,
      clocks.trouble(),
    ];
    return reasons.filter((reason) => typeof reason === 'string');
  }

  const shownQueues = () => engine()?.queues.shown() ?? [];
  const limits = { probesPerMinute, changesPerMinute, counter: link.redis };
  const configUrls = config.publish.urls;
  const { sessions } = access;
  const runbookUrl = () => settings.now().runbookUrl;
  const pageOptions = { sessions, runbookUrl };
  const common = {
    ...pageOptions,
    access: access.api,
    configUrls,
    version,
    ...limits,
    trouble,
    queues: shownQueues,
  };
  const onError = ({ message }: Error) =>
    log.error({ event: 'trouble', reason: message }, 'a request failed');
  let fullToldAt = Number.NEGATIVE_INFINITY;
  const onFull = () => {
    // Each further connection belongs to the same flood.
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
      api: publishing === null ? null : { ...common, ports: ports(publishing.ports) },
      ...(publishing === null ? {} : { channels: channelsOf(publishing, journal) }),
      unhealthy: () => work()?.watch.stuck() ?? null,
      unready,
      notes: () => clocks.notes(),
      metrics: metricsOf,
    },
  );
}

function channelsOf({ channels, adoption }: Publishing, journal: Journal): ChannelOptions {
  return {
    channel: channels.get,
    onDownload: (outcome) => journal({ kind: 'config_download', outcome }),
    onHeld: adoption.count,
  };
}

/** Prometheus gives up after 10 s by default; the last known state is better than no answer. */
const readMs = 5_000;

async function* behind(first: string, others: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield* others;
}

function raise(message: string): never {
  throw new Error(message);
}
