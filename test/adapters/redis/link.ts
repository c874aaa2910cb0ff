import { connectRedis, type RedisLink } from '../../../src/adapters/redis/connect.ts';
import type { RedisEvent } from '../../../src/adapters/redis/link-state.ts';

/** A link as in the service, connected and fit. */
export async function linkTo(
  url: string,
  onEvent: (event: RedisEvent) => void = () => {},
  asCluster = false,
): Promise<RedisLink> {
  const link = connectRedis({ url, cluster: asCluster }, { event: onEvent, ready: () => {} });
  await link.whenFit(new AbortController().signal);
  return link;
}
