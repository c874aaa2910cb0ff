/** The part of the composition root that connects a command to Redis, which ends instead of waiting for it. */
import { connectRedis, type RedisLink } from '../adapters/redis/connect.ts';
import type { RedisEvent } from '../adapters/redis/link-state.ts';

const deadlineMs = 5_000;

export interface CommandLink {
  readonly link: RedisLink;
  /** Why Redis could not be used at some time since the link was made; null: it was there all the time. */
  readonly lost: () => string | null;
}

/** Rejects if Redis does not answer in time, or must not be used. */
export async function linkForCommand(url: string, asCluster: boolean): Promise<CommandLink> {
  let reason: string | null = null;
  const event = (event: RedisEvent) => {
    if (event.kind !== 'back') reason = event.reason;
  };
  const link = connectRedis(url, { event, ready: () => {} }, asCluster);
  try {
    await link.whenFit(AbortSignal.timeout(deadlineMs));
  } catch {
    await link.close();
    throw new Error(reason ?? 'no answer');
  }
  reason = null;
  return { link, lost: () => reason };
}
