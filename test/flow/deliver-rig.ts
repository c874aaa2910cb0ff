/** One round of deliveries, of a process of its own, with the outbox in Redis and real services. */
import type { Cluster, Redis } from 'ioredis';
import { createAdminStore } from '../../src/adapters/redis/admin-store.ts';
import { createConfigWatchStore } from '../../src/adapters/redis/config-watch-store.ts';
import { createOutbox } from '../../src/adapters/redis/outbox.ts';
import { createSightStore } from '../../src/adapters/redis/sight-store.ts';
import { pause } from '../../src/adapters/time/timer.ts';
import { composeNotifier } from '../../src/compose/notifier.ts';
import type { NotifySettings } from '../../src/core/settings.ts';
import { type DeliverPorts, deliverNotices } from '../../src/flow/deliver-notices.ts';
import { rules as usualRules } from '../support/observations.ts';

type Round = Pick<DeliverPorts, 'mailer' | 'journal' | 'clock'> & Partial<DeliverPorts> & Surroundings;

interface Surroundings {
  readonly redis: Redis | Cluster;
  readonly rules?: NotifySettings;
  /** Address blocks that channels may be in. */
  readonly allow?: readonly string[];
  readonly publicUrl?: string | null;
  readonly runbookUrl?: string | null;
}

/** Of the account `acme`. Returns when to come again, in milliseconds from now. */
export async function deliverRound({
  redis,
  allow = ['127.0.0.0/8'],
  publicUrl = null,
  runbookUrl = null,
  rules = usualRules,
  ...given
}: Round): Promise<number | null> {
  const ports: DeliverPorts = {
    outbox: createOutbox(redis),
    adminStore: createAdminStore(redis),
    watchStore: createConfigWatchStore(redis),
    sightStore: createSightStore(redis),
    notifier: composeNotifier({
      ...{ network: { allow: [...allow] }, mail: { from: 'pinwatch@example.com' } },
      ...{ publicUrl, runbookUrl },
    }),
    pause,
    patienceMs: 60_000,
    linger: () => {},
    ...given,
  };
  const next = await deliverNotices('acme', rules, ports, new AbortController().signal);
  return next === null ? null : next - given.clock();
}
