/** The part of the composition root that puts into Redis what must exist there. */
import type { Queues } from '../adapters/bullmq/queues.ts';
import type { Journal } from '../flow/journal.ts';
import { mendStore } from '../flow/mend-store.ts';
import { provision } from '../flow/provision.ts';
import { resolvePendingSets } from '../flow/resolve-pin-sets.ts';
import type { Log, ProcessRole } from './options.ts';
import type { Settings } from './settings.ts';
import type { Store } from './store.ts';

/** What work needs once Redis can be used. */
export interface WorkParts {
  readonly settings: Settings;
  readonly log: Log;
  readonly store: Store;
  readonly jobs: Queues;
  readonly journal: Journal;
}

/** Puts into Redis what the service needs to do its job: the schedule, and what comes from the file. */
export async function establish({ settings, store, jobs, journal }: WorkParts): Promise<void> {
  const { intervalMs, accounts } = settings.now();
  await mendStore(store.mender, store.report);
  await jobs.schedule(intervalMs, false);
  const { probeSoon, nudge } = jobs;
  await provision(accounts, { provisioning: store.provisioning, probeSoon, nudge, journal });
  await resolvePending(store, jobs);
}

/** Goes on with what a process that is gone has left pending. */
export async function resolvePending(
  { provisioning, pinSetStore }: Pick<Store, 'provisioning' | 'pinSetStore'>,
  { probeSoon }: Pick<Queues, 'probeSoon'>,
): Promise<void> {
  await resolvePendingSets(await provisioning.accounts(), { pinSetStore, probeSoon });
}

/** The same again, for a Redis that may have lost it. A failure is logged, and the watchdog tries again. */
export function reestablish(parts: WorkParts, role: ProcessRole): void {
  if (role === 'worker') return;
  establish(parts).catch(({ message }: Error) =>
    parts.log.error({ event: 'trouble', reason: message }, 'the schedule could not be restored'),
  );
}
