import { mailChannel } from '../../core/chosen-channels.ts';
import { rfc3339 } from '../../core/clock.ts';
import type { Transition } from '../../core/incident.ts';
import { channelKinds, type NotifyChannelType } from '../../core/notify-channel.ts';
import type { Letter, Mailer } from '../mailer.ts';
import type { ChannelDelivery, Notifier } from '../notifier.ts';
import type { AdminStore } from './admin-store.ts';
import { done, type Outcome, refuse, unknownAccount } from './outcome.ts';

export interface TestChannelPorts {
  readonly adminStore: Pick<AdminStore, 'account'>;
  readonly notifier: Notifier;
  readonly mailer: Pick<Mailer, 'send'>;
  readonly clock: () => number;
}

/** A channel, or one of the contacts, by mail. */
export interface TestedChannel {
  readonly name: string;
  readonly type: NotifyChannelType | typeof mailChannel;
  readonly outcome: ChannelDelivery['outcome'];
  /** The answer, or why there is none. */
  readonly detail: string;
}

const longestMs = 15_000;
/** Alertmanager waits for 30 s before it notifies, or as long as its `group_wait` says. */
const exampleLastsMs = 300_000;
/** RFC 6761: no server has such a name. */
const domain = 'this-is-a-test.invalid';

/**
 * Sends an example by mail and through the account's channels, or one of these, at once, whatever their severity and quiet hours. It
 * is not repeated. `id`: of the example, distinct at each test.
 */
export async function testChannels(
  account: string,
  name: string | undefined,
  id: string,
  { adminStore, notifier, mailer, clock }: TestChannelPorts,
): Promise<Outcome<TestedChannel[]>> {
  const owner = await adminStore.account(account);
  if (owner === null) return unknownAccount(account);
  const { channels = [], contacts } = owner.value;
  const withMail = name === undefined || name === mailChannel;
  const chosen = channels.filter((one) => name === undefined || one.name === name);
  if (chosen.length === 0 && !withMail) {
    const names = [...channels.map((one) => one.name), mailChannel].join(', ');
    return refuse('not_found', `no channel "${name}"; the account has ${names}`);
  }
  const tested = chosen.map(async (channel) => {
    const signal = AbortSignal.timeout(longestMs);
    const send = (transition: 'opened' | 'closed', lastsMs = 0) =>
      notifier.send(channel, exampleFor(account, [channel.name], id, transition, clock(), lastsMs), signal);
    const { alerts } = channelKinds[channel.type];
    // The example must not leave an alert behind that someone has to resolve. One that lapses is given its end at once,
    // late enough for its receivers to get it.
    const answer = await (alerts === 'lapsing' ? send('closed', exampleLastsMs) : send('opened'));
    if (alerts === 'lasting' && answer.outcome === 'sent') await send('closed');
    const detail = answer.outcome === 'sent' ? answer.receipt : answer.reason;
    return { name: channel.name, type: channel.type, outcome: answer.outcome, detail };
  });
  const mailed = withMail
    ? await mailExample(exampleFor(account, contacts, id, 'opened', clock(), 0), mailer)
    : [];
  return done([...mailed, ...(await Promise.all(tested))]);
}

async function mailExample(letter: Letter, mailer: TestChannelPorts['mailer']): Promise<TestedChannel[]> {
  if (letter.recipients.length === 0) return [];
  const deliveries = await mailer.send(letter, AbortSignal.timeout(longestMs));
  return deliveries.map((one) => {
    const answer =
      one.outcome === 'sent' ? `${one.isWritten ? 'written to ' : ''}${one.receipt}` : one.reason;
    return {
      name: mailChannel,
      type: mailChannel,
      outcome: one.outcome,
      detail: `${one.recipient}: ${answer}`,
    };
  });
}

function exampleFor(
  account: string,
  to: readonly string[],
  id: string,
  transition: 'opened' | 'closed',
  now: number,
  lastsMs: number,
): Letter {
  const [since, at] = [rfc3339(now), rfc3339(now + lastsMs)];
  const message = 'This is a test of the channel. Nothing is wrong.';
  const notice: Transition = {
    ...{ incident: id, kind: 'unreachable', transition, severity: 'warning', domain, since, at },
    check: {
      ...{ host: domain, port: 443, verdict: 'inconclusive', pins: [], endpoints: [] },
      findings: [{ code: 'unreachable', severity: 'warning', message }],
    },
  };
  return { id, account, recipients: to, everyone: to, transitions: [notice], createdAt: now, sentAt: now };
}
