/**
 * Which workers are alive. Each has a number for as long as it lives, and by the number a share of the domains, so that it
 * sees the same ones in every round: what it remembers of their servers is of use, and it need not remember all.
 *
 * A share has a queue of its own, which its worker serves. That is a preference: nothing is probed by one worker alone.
 * - A worker that is gone, or takes no jobs, gives no sign of life. After `lapseMs` the others serve its queue, all of them,
 *   until another worker has its number; and no round gives it a share.
 * - A batch that begins late goes to the queue of all, as does a domain that was not probed for two rounds.
 * - If any worker has no number, as one of an older version, every batch goes to the queue of all.
 * Two workers that serve the same queue for a while do no harm, because a job is taken once.
 *
 * A worker that is alone has no queue of its own.
 */
export interface RosterStore {
  /** Notes that the worker of this name is alive, which gives it a number, and lists all. null: only lists them. */
  attend(
    name: string | null,
  ): Promise<{ readonly own: number | null; readonly workers: readonly Attending[] }>;
  /** It is about to end. */
  depart(name: string): Promise<void>;
  /** Takes a number off the list, unless its worker was seen within `quietMs`. */
  forget(number: number, quietMs: number): Promise<void>;
}

export interface Attending {
  readonly number: number;
  /** How long ago it gave a sign of life. */
  readonly quietMs: number;
}

export interface RosterPorts {
  readonly store: RosterStore;
  /** What this worker is called, as nobody else; null: this process takes no probes. */
  readonly name: string | null;
  /** Whether this worker takes jobs. */
  readonly isTaking: () => boolean;
  /** Whether somebody has paused the queue of all, and so those of the shares. */
  readonly isPaused: () => boolean;
  /** Takes jobs from the queues of these shares, and of no others. */
  readonly serve: (numbers: readonly number[]) => void;
  /** Whether there is no job left in the queue of a share. */
  readonly isEmpty: (number: number) => Promise<boolean>;
  readonly intervalMs: () => number;
}

export interface Roster {
  /** Gives a sign of life, and looks who else does. */
  look(): Promise<void>;
  /** The numbers of those that are alive. */
  alive(): readonly number[];
  /** The shares that may have jobs. */
  shares(): readonly number[];
  /** Those that this process takes jobs of. */
  served(): readonly number[];
  /** Lets the others take over at once. */
  leave(): Promise<void>;
}

/** A worker that was not heard of for so long counts as gone: some signs of life may be late, and one that hangs is not. */
export const lapseMs = 10_000;

/** How long a share without a worker is served after the last of its jobs can have been planned. */
const graceMs = 600_000;

export function createRoster(ports: RosterPorts): Roster {
  const { store, name, serve, intervalMs } = ports;
  let own: number | null = null;
  let workers: readonly Attending[] = [];
  /** There has been another worker. Its share, and the one of this worker, may have jobs for as long as this process lives. */
  let isShared = false;
  let served: readonly number[] = [];
  let hasLeft = false;

  const isGone = ({ quietMs }: Attending) => quietMs > lapseMs;

  /** Its last round is over, and so is whatever was late. */
  async function forget({ number, quietMs }: Attending): Promise<void> {
    const keptMs = 2 * intervalMs() + graceMs;
    if (quietMs > keptMs && (await ports.isEmpty(number))) await store.forget(number, keptMs);
  }

  return {
    async look() {
      const found = await store.attend(!hasLeft && ports.isTaking() ? name : null);
      if (hasLeft) return;
      own = found.own ?? own;
      workers = found.workers;
      isShared ||= workers.length > 1;
      const gone = workers.filter(isGone);
      if (name !== null) {
        const mine = [...(own === null ? [] : [own]), ...gone.map(({ number }) => number)];
        served = isShared ? [...new Set(mine)] : [];
        serve(ports.isPaused() ? [] : served);
        for (const one of gone) await forget(one);
      }
    },
    alive: () => workers.filter((one) => !isGone(one)).map(({ number }) => number),
    shares: () => (isShared ? workers.map(({ number }) => number) : []),
    served: () => served,
    async leave() {
      hasLeft = true;
      if (name !== null) await store.depart(name);
    },
  };
}
