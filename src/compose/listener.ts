/** The part of the composition root that listens: health, metrics, the API and the view of the queues. */
import type { Workers } from '../adapters/bullmq/workers.ts';
import type { AdminPorts } from '../adapters/http/api-options.ts';
import type { ChannelOptions } from '../adapters/http/channel-route.ts';
import type { PageOptions } from '../adapters/http/page/page-options.ts';
import { type HttpListener, listen } from '../adapters/http/server.ts';
import type { ProcessMetrics } from '../adapters/metrics/process-metrics.ts';
import { type AccessRefusal, createAccessRefusals } from '../flow/admin/access-refusals.ts';
import type { CheckDomainPorts } from '../flow/check-domain.ts';
import type { Journal } from '../flow/journal.ts';
import type { Mailer } from '../flow/mailer.ts';
import type { StoreGuard } from '../flow/store-guard.ts';
import { version } from '../version.ts';
import type { Access } from './access.ts';
import { composeApiPorts, type Engine } from './api-ports.ts';
import type { Clocks } from './clocks.ts';
import type { ServiceOptions } from './options.ts';
import type { Publishing } from './publishing.ts';
import { composeReadiness, unchecked } from './readiness.ts';
import { composeScraped } from './scraped.ts';
import type { Settings } from './settings.ts';
import type { Store } from './store.ts';
import type { Watch } from './watches.ts';

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
  /** Why it waits although Redis answers; null: it doesn't. */
  readonly refusal: () => string | null;
}

export interface ListenerParts {
  readonly settings: Settings;
  readonly store: Store;
  readonly watches: { readonly guard: StoreGuard; readonly clocks: Clocks };
  readonly access: Access;
  readonly observe: CheckDomainPorts['observe'];
  readonly mailer: Mailer;
  readonly metrics: ProcessMetrics;
  /** null in a worker, which has no API. */
  readonly publishing: Publishing | null;
  readonly progress: Progress;
  readonly journal: Journal;
  readonly reload: AdminPorts['reload'];
  readonly stopping: AbortSignal;
}

const tellFullEveryMs = 60_000;

export function composeListener(options: ServiceOptions, parts: ListenerParts): Promise<HttpListener> {
  const { config, log } = options;
  const { settings, store, watches, access, publishing, journal } = parts;
  const { engine, work } = parts.progress;
  const { link } = store;
  const { adminToken, probesPerMinute, changesPerMinute, metricsDetail } = config.http;
  const troubleRules = {
    shows: metricsDetail,
    get intervalMs() {
      return settings.now().intervalMs;
    },
    get expiringWithinMs() {
      return settings.now().notify.expiringWithinMs;
    },
  };
  const blind = () => work()?.blind() ?? 0;
  const trouble = () => {
    if (link.trouble() !== null) return link.trouble();
    if (work() === null) return parts.progress.refusal() ?? 'starting';
    return watches.guard.isChecked() ? null : unchecked;
  };
  const hasEnvironmentAdmin = adminToken !== null;
  const onSignIn: PageOptions['onSignIn'] = ({ name, role, account }, source) =>
    log.info({ event: 'signed_in', name, role, account, source }, `${name} (${role}) has signed in`);
  const api = (there: Publishing) => ({
    ports: composeApiPorts({
      ...{ ...parts, publishing: there, engine },
      ...{ blind, troubleRules, hasEnvironmentAdmin },
    }),
    sessions: access.sessions,
    runbookUrl: () => settings.now().runbookUrl,
    onSignIn,
    access: access.api,
    configUrls: config.publish.urls,
    version,
    ...{ probesPerMinute, changesPerMinute, counter: link.redis },
    trouble,
    queues: () => engine()?.queues.shown() ?? [],
  });
  return listen(
    { ...config.http, ...composeTrouble(options) },
    {
      access: access.scrapers,
      api: publishing === null ? null : api(publishing),
      ...(publishing === null ? {} : { channels: channelsOf(publishing, journal) }),
      unhealthy: () => work()?.watch.stuck() ?? null,
      unready: composeReadiness(link, watches, parts.progress, parts.stopping),
      notes: () => watches.clocks.notes(),
      metrics: composeScraped({ ...parts, engine, blind, rules: troubleRules }),
    },
  );
}

/** How the listener's own trouble is logged. */
function composeTrouble({ config, log }: ServiceOptions) {
  const { connections } = config.http;
  let fullToldAt = Number.NEGATIVE_INFINITY;
  const refusals = createAccessRefusals((refusal, count) =>
    log.warn(
      { event: 'access_refused', ...refusal, refusals: count },
      `${refusal.action} was refused to ${refusal.name} (${refusal.role})${refusal.account === null ? '' : `, for ${refusal.account}`}`,
    ),
  );
  return {
    onRefused: (refusal: AccessRefusal) => refusals.refused(refusal, performance.now()),
    onError: ({ message }: Error) => log.error({ event: 'trouble', reason: message }, 'a request failed'),
    onFull: () => {
      // Each further connection belongs to the same flood.
      if (performance.now() - fullToldAt < tellFullEveryMs) return;
      fullToldAt = performance.now();
      log.warn(
        { event: 'connections_full', connections },
        `${connections} connections are open (http.connections): the longest idle one is closed for each new one`,
      );
    },
  };
}

function channelsOf({ channels, adoption }: Publishing, journal: Journal): ChannelOptions {
  return {
    channel: channels.get,
    onDownload: (outcome) => journal({ kind: 'config_download', outcome }),
    onHeld: adoption.count,
  };
}
