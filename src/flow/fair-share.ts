/**
 * Who may hold how many of a worker's places. One account with thousands of domains whose servers let every probe wait for
 * its deadline would hold all of them, and the domains of the others would miss their moment. So an account that has others beside it holds half
 * of them at most, unless there was no other one for an hour. What is beyond waits, about as long as it will take until a
 * place is free: looked at twice or three times, and not all the time.
 */
export interface FairShare {
  /** null: the job runs now, until `leave`. Else how long it has to wait, in milliseconds. */
  enter(account: string, job: string, now: number): number | null;
  leave(account: string, job: string, now: number): void;
}

interface Tenant {
  /** When each job that runs has begun. */
  readonly running: Map<string, number>;
  readonly waiting: Set<string>;
  seenAt: number;
  /** How long its probes have taken lately, in milliseconds. */
  averageMs: number;
}

const share = 0.5;
/** An account of which nothing was probed for so long is no other account that a place is kept free for. */
const forgetMs = 3_600_000;
const firstAverageMs = 1_000;
/** What the last probe counts in the average. */
const weight = 0.1;
/** Jobs that wait may be taken by another worker, and are then not heard of again. */
const mostWaiting = 20_000;

/** `isOnly`: there is one account and no other. */
export function createFairShare(
  places: number,
  random: () => number,
  isOnly: () => boolean = () => false,
): FairShare {
  const most = Math.max(1, Math.floor(places * share));
  const tenants = new Map<string, Tenant>();
  /** At a start the others may be waiting behind it. */
  let startedAt: number | null = null;

  function tenantOf(account: string, now: number): Tenant {
    const tenant = tenants.get(account) ?? {
      running: new Map<string, number>(),
      waiting: new Set<string>(),
      seenAt: now,
      averageMs: firstAverageMs,
    };
    tenant.seenAt = now;
    // The one seen longest ago stands first.
    tenants.delete(account);
    tenants.set(account, tenant);
    for (const [name, { seenAt, running }] of tenants) {
      if (now - seenAt < forgetMs || running.size > 0) break;
      tenants.delete(name);
    }
    return tenant;
  }

  return {
    enter(account, job, now) {
      startedAt ??= now;
      const tenant = tenantOf(account, now);
      const isAlone = () => isOnly() || (tenants.size === 1 && now - Number(startedAt) > forgetMs);
      if (tenant.running.size >= most && !isAlone()) {
        if (tenant.waiting.size >= mostWaiting) tenant.waiting.clear();
        tenant.waiting.add(job);
        // Spread over the time in which as many places become free as there are jobs that wait.
        return Math.ceil((tenant.averageMs / most) * tenant.waiting.size * (0.5 + random())) + 1;
      }
      tenant.waiting.delete(job);
      tenant.running.set(job, now);
      return null;
    },

    leave(account, job, now) {
      const tenant = tenants.get(account);
      const since = tenant?.running.get(job);
      if (tenant === undefined || since === undefined) return;
      tenant.running.delete(job);
      tenant.averageMs += weight * (now - since - tenant.averageMs);
    },
  };
}
