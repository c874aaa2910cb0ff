import { Redis, type RedisOptions, SentinelConnector } from 'ioredis';
import { quote } from '../../core/quote.ts';
import { type ClientTls, type SentinelAddress, tlsOptions } from './address.ts';
import { linkReason } from './link-reason.ts';
import { connectTimeoutMs, retryMs } from './link-state.ts';

/** What ioredis needs to find the master, at the start and again after each loss of the connection. */
export function sentinelOptions(sentinel: SentinelAddress, tls: ClientTls | null) {
  const { addresses, name, user, password, database, sentinelUser, sentinelPassword, sentinelTls } = sentinel;
  return {
    Connector: MasterConnector as NonNullable<RedisOptions['Connector']>,
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
    // connection for good. See `agreedMaster`.
  };
}

/**
 * Takes the sentinels in turn, over all reconnects. ioredis reports that all of them are unreachable whenever it comes to
 * the end of their list, even if each has answered when it was asked.
 */
class MasterConnector extends SentinelConnector {
  override connect(emit: Parameters<SentinelConnector['connect']>[0]) {
    let failures = 0;
    return super.connect((type, error) => {
      if (type === 'sentinelError') failures += 1;
      if (type !== 'error') return emit(type, error);
      const isOutage = failures >= (this.options.sentinels?.length ?? 0);
      failures = 0;
      // With a code by which BullMQ, too, takes it for the loss of a connection, which it does not report as its own.
      if (isOutage) emit(type, Object.assign(error, { code: noSentinel }));
    });
  }
}

const noSentinel = 'ECONNREFUSED';

/** No sentinel led to the master; the error does not say why. */
export function isOfSentinels({ message }: Error): boolean {
  return message.startsWith('All sentinels are unreachable');
}

/**
 * The master's address, host:port, by most of all configured sentinels; null if they do not agree or do not answer. One alone
 * may be cut off from the others, or not have heard of a failover yet.
 */
export async function agreedMaster(sentinel: SentinelAddress): Promise<string | null> {
  const answers = await Promise.all(sentinel.addresses.map((address) => ask(sentinel, address)));
  const counts = new Map<string, number>();
  for (const { master } of answers) if (master !== null) counts.set(master, (counts.get(master) ?? 0) + 1);
  const [most] = [...counts].filter(([, count]) => count > answers.length / 2);
  return most?.[0] ?? null;
}

const mostShown = 3;

/** Why the sentinels lead to no master; null if one of them knows it. */
export async function askSentinels(sentinel: SentinelAddress): Promise<string | null> {
  const answers = await Promise.all(sentinel.addresses.map((address) => ask(sentinel, address)));
  if (answers.some(({ master }) => master !== null)) return null;
  const reasons = answers.flatMap(({ reason }) => (reason === null ? [] : [reason]));
  if (reasons.length < answers.length) {
    return `the sentinels know no master with the name ${quote(sentinel.name)} (redis.name)`;
  }
  return `no sentinel can be used: ${reasons.slice(0, mostShown).join('; ')}`;
}

interface Answer {
  /** host:port; null if it knows none. */
  readonly master: string | null;
  /** Why it could not be asked. */
  readonly reason: string | null;
}

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
    disableClientInfo: true,
    lazyConnect: true,
    retryStrategy: () => null,
  });
  let reason: string | null = null;
  redis.on('error', (error: Error) => {
    reason ??= linkReason(error, sentinelTls);
  });
  try {
    const found = await redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name);
    return { master: Array.isArray(found) ? found.join(':') : null, reason: null };
  } catch (error) {
    const { message } = error as Error;
    // A server that speaks no TLS waits for the rest of what it takes for a command.
    const unanswered = sentinelTls !== null && redis.status === 'connecting' ? 'TLS handshake' : 'answer';
    const told =
      message === 'Command timed out' ? `no ${unanswered} within ${connectTimeoutMs / 1_000} s` : message;
    const at = `${host}:${port}`;
    const why = reason ?? told;
    return { master: null, reason: why.includes(at) ? why : `${at}: ${why}` };
  } finally {
    redis.disconnect();
  }
}
