/** The part of the composition root for regions: who is where, and the looks that workers in them make for each other. */
import { randomUUID } from 'node:crypto';
import { createLookDesk } from '../adapters/bullmq/look-desk.ts';
import { type LookWorker, startLookWorker } from '../adapters/bullmq/look-worker.ts';
import { queuePrefix } from '../adapters/redis/keys.ts';
import { steadyNow } from '../adapters/time/clock-watch.ts';
import { every } from '../adapters/time/timer.ts';
import { domainName, type Target } from '../core/domain.ts';
import { announceEveryMs, type KnownRegion, mostRegions } from '../core/region.ts';
import { listed } from '../core/set-names.ts';
import { latestProbeMs } from '../core/sight.ts';
import type { CheckDomainPorts } from '../flow/check-domain.ts';
import { lookFromRegions } from '../flow/looks/look-from-regions.ts';
import { createRegionWatch, type RegionWatch } from '../flow/looks/watch-regions.ts';
import type { Closer, Log, ProcessRole } from './options.ts';
import type { Looking } from './probe.ts';
import type { Settings } from './settings.ts';
import type { Store } from './store.ts';

export interface Regions extends Pick<RegionWatch, 'known'> {
  /** Looks from all regions. */
  readonly observe: CheckDomainPorts['observe'];
  /** Announces this worker, and watches which others there are, unless it is halted. Resolves when the others are known. */
  begin(isHalted: () => boolean): Promise<void>;
  /** Looks no more for others. Those under way are cancelled. */
  halt(): Promise<void>;
}

const clock = () => Date.now();

/** Looks for others at a time, for each place: most of them wait for the deadline of a dead server. */
const looksPerPlace = 10;

export function composeRegions(
  settings: Settings,
  role: ProcessRole,
  { link, regionStore }: Pick<Store, 'link' | 'regionStore'>,
  { observe, observeRaw, read }: Looking,
  log: Log,
  closers: Closer[],
): Regions {
  const { region, probe } = settings.now();
  const id = randomUUID();
  const onError = ({ message }: Error) => {
    if (link.trouble() !== null) return;
    log.error({ event: 'trouble', reason: message }, 'a look from another region had trouble');
  };
  const desk = createLookDesk(link.redis, queuePrefix, onError);
  let worker: LookWorker | null = null;
  const onChange = (known: readonly KnownRegion[]) => {
    const names = (are: boolean) =>
      known.filter(({ workers }) => workers > 0 === are).map(({ name }) => name);
    const [there, away] = [names(true), names(false)];
    const blind = away.length === 0 ? '' : `; no worker answers in ${listed(away, 'and')}`;
    log.info({ event: 'regions', there, away }, `domains are seen from ${listed(there, 'and')}${blind}`);
    if (role === 'server' || worker !== null) return;
    const atOnce = looksPerPlace * probe.concurrency;
    worker = startLookWorker(link.redis, queuePrefix, region, atOnce, observeRaw, onError);
  };
  const unknown = new Set<string>();
  const onUnknown = (name: string, domain: Target) => {
    // Once for each name: a file may have it for every domain.
    if (unknown.size >= mostRegions || unknown.has(name)) return;
    unknown.add(name);
    log.warn(
      { event: 'region_unknown', region: name, domain: domainName(domain) },
      `${domainName(domain)} names the region ${name}, where no worker has been for a day: it is ignored`,
    );
  };
  const watch = createRegionWatch(regionStore, role === 'server' ? null : { id, region }, onChange, {
    steady: steadyNow,
    roundMs: () => latestProbeMs(settings.now().intervalMs),
  });
  return {
    known: watch.known,
    observe: lookFromRegions({
      ...{ observe, read, desk, clock, own: region },
      regions: watch.known,
      areNamed: watch.areNamed,
      areComplete: watch.areComplete,
      onUnknown,
      settings: () => settings.now().probe,
    }),
    halt: async () => worker?.close(),
    async begin(isHalted) {
      await watch.look();
      const loop = every(
        announceEveryMs,
        async () => {
          if (link.trouble() === null && !isHalted()) await watch.look();
        },
        ({ message }) => {
          if (link.trouble() !== null) return;
          log.error(
            { event: 'trouble', reason: message },
            'the region of this worker could not be announced',
          );
        },
      );
      closers.push(async () => {
        await loop.stop();
        await worker?.close();
        await desk.close();
        // Otherwise others would ask this region until they miss it.
        if (role !== 'server' && link.trouble() === null) await regionStore.leave(id, region).catch(onError);
      });
    },
  };
}
