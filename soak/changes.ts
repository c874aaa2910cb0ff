/** Changes certificates and changes them back, at random moments, and waits until that is told. */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { withDeadline } from './deadline.ts';
import type { Draw } from './draw.ts';
import type { Fleet } from './fleet.ts';
import type { Change } from './reference.ts';
import type { Api } from './targets.ts';

/** The fourth opening within an hour is told as flapping; a clock may be some minutes ahead. */
const openings = { most: 3, withinMs: 75 * 60_000 };

export interface Changes {
  /** Changes up to so many domains, each within the interval; resolves when clients meet all of them. */
  make(count: number, draw: Draw, fits: (api: Api) => boolean): Promise<void>;
  /** Whether one of these domains may be changed now. */
  canMake(fits: (api: Api) => boolean): boolean;
  /** Changes these back, each within the interval, as soon as pinwatch has noticed them. */
  undo(changes: readonly Change[], draw: Draw): Promise<void>;
  /** Resolves when this holds for all of them; what does not in time is counted as missed. */
  until(changes: readonly Change[], what: Awaited, withinMs: number): Promise<void>;
  /** What should have been told or noticed and was not; each with the moment. */
  readonly missed: string[];
}

export type Awaited = 'noticed' | 'told' | 'end told';

const holds: { readonly [what in Awaited]: (change: Change) => boolean } = {
  noticed: ({ isNoticed }) => isNoticed,
  told: ({ isOpeningTold }) => isOpeningTold,
  'end told': ({ isEndTold }) => isEndTold,
};

export function createChanges({ targets, reference, options }: Fleet, signal: AbortSignal): Changes {
  const missed: string[] = [];
  const openedAt = new Map<string, number[]>();

  const freeApis = (fits: (api: Api) => boolean, now: number) =>
    targets.apis.filter((api) => fits(api) && mayChange(api, now));

  function mayChange(api: Api, now: number): boolean {
    const recent = (openedAt.get(api.name) ?? []).filter((at) => at > now - openings.withinMs);
    openedAt.set(api.name, recent);
    return recent.length < openings.most && !reference.open.some((change) => change.api === api);
  }

  const until: Changes['until'] = async (changes, what, withinMs) => {
    const isOver = (change: Change) => change.isMissed || change.excused !== null || holds[what](change);
    const late = withDeadline(withinMs, signal);
    await new Promise<void>((resolve) => {
      const end = () => {
        stop();
        late.removeEventListener('abort', end);
        resolve();
      };
      const check = () => {
        if (changes.every(isOver)) end();
      };
      const stop = reference.watch(check);
      late.addEventListener('abort', end);
      check();
    });
    signal.throwIfAborted();
    for (const change of changes.filter((one) => !isOver(one))) {
      change.isMissed = true;
      const since = new Date(change.visibleUntil ?? change.visibleFrom ?? 0).toISOString();
      missed.push(`${new Date().toISOString()} ${change.id}: not ${what} since ${since}`);
    }
  };

  return {
    missed,
    until,
    canMake: (fits) => freeApis(fits, Date.now()).length > 0,
    async make(count, draw, fits) {
      const now = Date.now();
      await Promise.all(
        draw.some(freeApis(fits, now), count).map(async (api) => {
          openedAt.get(api.name)?.push(now);
          const kind = draw.isTrue(0.8) ? 'key' : 'name';
          const waitMs = draw.below(options.intervalMs);
          const names = [kind === 'key' ? api.host : 'other.soak.example'];
          const keys = kind === 'key' ? {} : { keys: api.good.keys };
          const leaf = targets.issuing.leaf({ commonName: api.host, names, ...keys });
          const sha256 = createHash('sha256').update(leaf.der).digest('hex');
          const change = reference.change(api, kind, sha256);
          await delay(waitMs, undefined, { signal });
          // It may be met from before the answer on.
          change.visibleFrom = Date.now();
          await api.target.present(api.host, leaf);
        }),
      );
    },
    async undo(changes, draw) {
      await Promise.all(
        changes.map(async (change) => {
          await delay(draw.below(options.intervalMs), undefined, { signal });
          await until([change], 'noticed', noticedWithinMs(options.intervalMs));
          change.visibleUntil = Date.now();
          await change.api.target.present(change.api.host, change.api.good);
        }),
      );
    },
  };
}

/** While nothing keeps pinwatch from probing for longer than a fault may last. */
export const noticedWithinMs = (intervalMs: number) => 120_000 + 8 * intervalMs;
/** With the pauses between attempts at a letter after several failures. */
export const toldWithinMs = (intervalMs: number) => 240_000 + 8 * intervalMs;
