/** The part of the composition root that chooses how a notification channel is notified, by its type. */
import { machinePart } from '../adapters/mail/machine-part.ts';
import { createGuard } from '../adapters/network/guard.ts';
import { createPost } from '../adapters/notify/post.ts';
import { createWebhook } from '../adapters/notify/webhook/webhook.ts';
import type { Config } from '../config/config.ts';
import type { NotifyChannelType } from '../core/notify-channel.ts';
import type { Notifier } from '../flow/notifier.ts';

const clock = () => Date.now();

/** Many services refuse more. */
const mostBytes = 1_000_000;

export function composeNotifier({ network }: Pick<Config, 'network'>): Notifier {
  const post = createPost(createGuard(network.allow), clock);
  const jsonOf: Parameters<typeof createWebhook>[0]['jsonOf'] = ({ account, transitions }) =>
    machinePart(account, transitions, mostBytes);
  const notifiers: { readonly [type in NotifyChannelType]: Notifier } = {
    webhook: createWebhook({ post, jsonOf, clock }),
  };
  return { send: (channel, letter, signal) => notifiers[channel.type].send(channel, letter, signal) };
}
