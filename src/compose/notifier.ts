/** The part of the composition root that chooses how a notification channel is notified, by its type. */
import { machinePart } from '../adapters/mail/machine-part.ts';
import { renderLetter } from '../adapters/mail/render.ts';
import { createGuard } from '../adapters/network/guard.ts';
import { createAlertmanager } from '../adapters/notify/alertmanager/alertmanager.ts';
import type { TextOf } from '../adapters/notify/message-text.ts';
import { createNtfy } from '../adapters/notify/ntfy/ntfy.ts';
import { createPagerDuty } from '../adapters/notify/pagerduty/pagerduty.ts';
import { createPost } from '../adapters/notify/post.ts';
import { createSlack } from '../adapters/notify/slack/slack.ts';
import { createTeams } from '../adapters/notify/teams/teams.ts';
import { createWebhook } from '../adapters/notify/webhook/webhook.ts';
import type { Config } from '../config/config.ts';
import type { NotifyChannelType } from '../core/notify-channel.ts';
import type { Letter } from '../flow/mailer.ts';
import type { Notifier } from '../flow/notifier.ts';
import { rebuilt, type Settings } from './settings.ts';

type NotifierConfig = Pick<Config, 'publicUrl' | 'runbookUrl'> & {
  readonly mail: Pick<Config['mail'], 'from'>;
  readonly network: Pick<Config['network'], 'allow'>;
};

const clock = () => Date.now();

/** Many services refuse more. */
const mostBytes = 1_000_000;

/** With the settings in force at each notification. */
export function composeNotifierInForce(settings: Settings): Notifier {
  const pick = ({ network: { allow }, mail: { from }, publicUrl, runbookUrl }: Config): NotifierConfig => ({
    ...{ network: { allow }, mail: { from }, publicUrl, runbookUrl },
  });
  const now = rebuilt(settings, pick, composeNotifier);
  return { send: (channel, letter, signal) => now().send(channel, letter, signal) };
}

export function composeNotifier({ network, mail, publicUrl, runbookUrl }: NotifierConfig): Notifier {
  const post = createPost(createGuard(network.allow), clock);
  const jsonOf = ({ account, transitions }: Letter) => machinePart(account, transitions, mostBytes);
  const textOf: TextOf = (letter) => {
    const { subject, text } = renderLetter(letter, { from: mail.from, publicUrl, runbookUrl });
    return { title: subject, text };
  };
  const notifiers: { readonly [type in NotifyChannelType]: Notifier } = {
    webhook: createWebhook({ post, jsonOf, clock }),
    slack: createSlack(post, textOf),
    teams: createTeams(post, textOf),
    pagerduty: createPagerDuty(post, textOf),
    alertmanager: createAlertmanager({ post, publicUrl, runbookUrl }),
    ntfy: createNtfy(post, textOf),
  };
  return { send: (channel, letter, signal) => notifiers[channel.type].send(channel, letter, signal) };
}
