/** The part of the composition root that gives the API's use cases what they need. */
import type { createProbeDesk } from '../adapters/bullmq/desk.ts';
import type { Queues } from '../adapters/bullmq/queues.ts';
import type { AdminPorts } from '../adapters/http/api-options.ts';
import type { DetailSettings } from '../adapters/metrics/detail.ts';
import { readPins } from '../adapters/pin-formats/read-pins.ts';
import { pinWriter } from '../adapters/pin-formats/write/pin-writer.ts';
import { laggingObstacles } from '../core/rotation-answer.ts';
import type { CheckDomainPorts } from '../flow/check-domain.ts';
import type { Mailer } from '../flow/mailer.ts';
import { laggingReasons } from '../flow/publish/read-adoption.ts';
import { composeNotifierInForce } from './notifier.ts';
import { composeCertificates, readStrangersRoots } from './probe.ts';
import type { Publishing } from './publishing.ts';
import type { Settings } from './settings.ts';
import type { Store } from './store.ts';

/** What exists once Redis can be used. */
export interface Engine {
  readonly queues: Queues;
  /** Takes requests for probes; null in a worker, which has no API. */
  readonly desk: ReturnType<typeof createProbeDesk> | null;
}

export interface ApiParts {
  readonly settings: Settings;
  readonly store: Store;
  readonly observe: CheckDomainPorts['observe'];
  readonly mailer: Mailer;
  readonly publishing: Publishing;
  /** null during the start. */
  readonly engine: () => Engine | null;
  /** Accounts of which pinwatch sees nothing. */
  readonly blind: () => number;
  readonly troubleRules: DetailSettings;
  readonly hasEnvironmentAdmin: boolean;
  readonly reload: AdminPorts['reload'];
}

const clock = () => Date.now();
const noQueues = 'the queues are not ready yet';

export function composeApiPorts(parts: ApiParts): AdminPorts {
  const { settings, store, observe, publishing, engine } = parts;
  const { adminStore, pinSetStore, rotationStore, probeStore, tokens, reader } = store;
  const { configWatchStore: watchStore, sightStore } = store;
  // The API lets nobody in before the engine exists.
  const queues = () => engine()?.queues ?? raise(noQueues);
  const desk = () => engine()?.desk ?? raise(noQueues);
  return {
    ...publishing.ports,
    ...{ adminStore, pinSetStore, rotationStore, probeStore, watchStore, sightStore, tokens, clock },
    ...{ readPins, pinWriter, readRoots: readStrangersRoots },
    ...composeCertificates(),
    hasEnvironmentAdmin: parts.hasEnvironmentAdmin,
    observe: (domain, signal) => observe(domain, {}, signal),
    laggingInstalls: async (account, host, pin) => {
      const reasons = await laggingReasons(account, host, pin, { ...publishing.ports, clock });
      return laggingObstacles(reasons);
    },
    notifier: composeNotifierInForce(settings),
    mailer: parts.mailer,
    nudge: async (account) => engine()?.queues.nudge(account, 0),
    probeSoon: async (refs) => engine()?.queues.probeSoon(refs),
    get platforms() {
      return settings.now().platforms;
    },
    get probe() {
      return settings.now().probe;
    },
    reload: parts.reload,
    shared: {
      ...reader,
      nextSweepAt: () => queues().nextSweepAt(),
      workers: () => queues().workers(),
      regions: store.regionStore.read,
      openConfigs: publishing.openIncidents,
      blind: parts.blind,
    },
    troubleRules: parts.troubleRules,
    desk: {
      request: (refs) => desk().request(refs),
      ticket: (account, id) => desk().ticket(account, id),
      follow: (account, ids, signal) => desk().follow(account, ids, signal),
    },
  };
}

function raise(message: string): never {
  throw new Error(message);
}
