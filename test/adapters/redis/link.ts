import { connectRedis, type RedisEvent, type RedisLink } from '../../../src/adapters/redis/connect.ts';

/** A link as the service has it, connected and fit. */
export async function linkTo(
  url: string,
  onEvent: (event: RedisEvent) => void = () => {},
): Promise<RedisLink> {
  const link = connectRedis(url, { event: onEvent, ready: () => {} });
  await link.whenFit(new AbortController().signal);
  return link;
}
