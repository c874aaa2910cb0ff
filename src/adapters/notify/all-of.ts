import type { ChannelDelivery } from '../../flow/notifier.ts';

/**
 * The outcome of a letter that takes several requests. What can be repeated comes first: else a refused request would
 * take the others along.
 */
export function allOf(deliveries: readonly ChannelDelivery[], receipt: string): ChannelDelivery {
  const failed = (outcome: string) => deliveries.find((one) => one.outcome === outcome);
  return failed('failed_temporary') ?? failed('failed_permanent') ?? { outcome: 'sent', receipt };
}
