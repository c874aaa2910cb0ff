import { Redis } from 'ioredis';
import { quote } from '../../core/quote.ts';
import { type ClientTls, type SentinelAddress, tlsOptions } from './address.ts';
import { linkReason } from './link-reason.ts';
import { connectTimeoutMs, retryMs } from './link-state.ts';

/** What ioredis needs to find the master, at the start and again after each loss of the connection. */
export function sentinelOptions(sentinel: SentinelAddress, tls: ClientTls | null) {
  const { addresses, name, user, password, database, sentinelUser, sentinelPassword, sentinelTls } = sentinel;
  return {
    sentinels: addresses.map(({ host, port }) => ({ host, port })),
    name,
    ...(user === null ? {} : { username: user }),
    ...(password === null ? {} : { password }),
    db: database,
    ...(tls === null ? {} : { tls: tlsOptions(tls), enableTLSForSentinelMode: true }),
    ...(sentinelUser === null ? {} : { sentinelUsername: sentinelUser }),
    ...(sentinelPassword === null ? {} : { sentinelPassword }),
    ...(sentinelTls === null ? {} : { sentinelTLS: tlsOptions(sentinelTls) }),
    // Only the configured ones are asked: the addresses that they have of each other may be of another network.
    updateSentinels: false,
    // A sentinel that hangs accepts connections: ask the next one.
    sentinelCommandTimeout: connectTimeoutMs,
    sentinelRetryStrategy: () => retryMs,
    // No failoverDetector: if a switch is announced while its connection looks for the master, ioredis ends that
    // connection for good. Sentinel closes the connections of clients to a master that it demotes.
  };
}

const mostShown = 3;

/** Why the sentinels lead to no master; null if one of them knows it. */
export async function askSentinels(sentinel: SentinelAddress): Promise<string | null> {
  const answers = await Promise.all(sentinel.addresses.map((address) => ask(sentinel, address)));
  if (answers.some((answer) => answer.knows)) return null;
  const reasons = answers.flatMap((answer) => ('reason' in answer ? [answer.reason] : []));
  if (reasons.length < answers.length) {
    return `the sentinels know no master with the name ${quote(sentinel.name)} (redis.name)`;
  }
  return `no sentinel can be used: ${reasons.slice(0, mostShown).join('; ')}`;
}

type Answer = { readonly knows: boolean } | { readonly knows: false; readonly reason: string };

async function ask(
  sentinel: SentinelAddress,
  address: SentinelAddress['addresses'][number],
): Promise<Answer> {
  const { host, port } = address;
  const { sentinelUser, sentinelPassword, sentinelTls, name } = sentinel;
  const redis = new Redis({
    ...{ host, port },
    ...(sentinelUser === null ? {} : { username: sentinelUser }),
    ...(sentinelPassword === null ? {} : { password: sentinelPassword }),
    ...(sentinelTls === null ? {} : { tls: tlsOptions(sentinelTls) }),
    connectTimeout: connectTimeoutMs,
    commandTimeout: connectTimeoutMs,
    enableReadyCheck: false,
    lazyConnect: true,
    retryStrategy: () => null,
  });
  let reason: string | null = null;
  redis.on('error', (error: Error) => {
    reason ??= linkReason(error, sentinelTls);
  });
  try {
    return { knows: (await redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name)) !== null };
  } catch (error) {
    return { knows: false, reason: `${host}:${port}: ${reason ?? (error as Error).message}` };
  } finally {
    redis.disconnect();
  }
}
