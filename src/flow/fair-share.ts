/**
 * How many of a worker's places each account may hold. An account with thousands of domains whose servers let every
 * probe run into its deadline would hold all of them, and the domains of other accounts would be probed late. So an
 * account holds half of the places at most, unless there was no other account for an hour. Its other jobs wait for
 * about as long as it takes until a place is free, so that each is tried two or three times rather than all the time.
 */
export interface FairShare {
  /** null: the job runs now, until `leave`. Otherwise how long it has to wait, in milliseconds. */
  enter(account: string, job: string, now: number): number | null;
  leave(account: string, job: string, now: number): void;
}

interface Tenant {
  /** When each running job started. */
  readonly running: Map<string, number>;
  readonly waiting: Set<string>;
  seenAt: number;
  /** How long its recent probes took on average, in milliseconds. */
  averageMs: number;
}

const share = 0.5;
/** No place is kept free for an account without probes for this long. */
const forgetMs = 3_600_000;
const firstAverageMs = 1_000;
/** The weight of the last probe in the average. */
const weight = 0.1;
/** Waiting jobs may be taken by another worker, and then never come back here. */
const mostWaiting = 20_000;

/** `isOnly`: there is only one account. */
export function createFairShare(
  places: number,
  random: () => number,
  isOnly: () => boolean = () => false,
): FairShare {
  const most = Math.max(1, Math.floor(places * share));
  const tenants = new Map<string, Tenant>();
  /** At the start, other accounts may be waiting behind the first one. */
  let startedAt: number | null = null;

  function tenantOf(account: string, now: number): Tenant {
    const tenant = tenants.get(account) ?? {
      running: new Map<string, number>(),
      waiting: new Set<string>(),
      seenAt: now,
      averageMs: firstAverageMs,
    };
    tenant.seenAt = now;
    // The one seen longest ago comes first.
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
        // Spread over the time in which as many places become free as there are waiting jobs.
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
