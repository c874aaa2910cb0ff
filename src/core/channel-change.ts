import type { ProvisionedAccount } from './domain.ts';
import { channelKinds, mostNotifyChannels, type NotifyChannel, quietHoursProblem } from './notify-channel.ts';
import { type Parsed, parsed, refused } from './parsed.ts';

/** A channel as an admin sets it: a secret that is left out stays as it was. */
export type GivenChannel = Pick<NotifyChannel, 'name' | 'type' | 'minSeverity'> & {
  readonly [name in 'url' | 'key' | 'quietHours']?: NotifyChannel[name] | undefined;
};

/** An account as a file for `pinwatch apply` has it. Without channels, they stay as they are. */
export interface AppliedAccount extends Omit<ProvisionedAccount, 'channels'> {
  readonly channels?: readonly GivenChannel[];
}

/**
 * What differs if the secrets of a channel do: its SHA-256, cut, tells an admin's file whether it has the same ones. Only
 * admins see it, as a weak key could be found by trying.
 */
export function secretsText(
  account: string,
  { name, url, key }: Pick<NotifyChannel, 'name' | 'url' | 'key'>,
): string {
  return JSON.stringify([account, name, url, key ?? null]);
}

/** The channels of an account after `given` has replaced `before`. No problem shows a secret. */
export function channelsAfter(
  before: readonly NotifyChannel[],
  given: readonly GivenChannel[],
): Parsed<NotifyChannel[]> {
  if (given.length > mostNotifyChannels) return refused(`expected at most ${mostNotifyChannels} channels`);
  const after: NotifyChannel[] = [];
  for (const channel of given) {
    const { name, type, minSeverity, quietHours } = channel;
    if (after.some((one) => one.name === name)) return refused(`two channels have the name ${name}`);
    const kind = channelKinds[type];
    if (kind.key === 'none' && channel.key !== undefined) {
      return refused(`channel ${name}: one of type ${type} has no key`);
    }
    const problem = quietHoursProblem(type, quietHours);
    if (problem !== null) return refused(`channel ${name}: ${problem}`);
    // A secret is not handed to another service: a new URL needs the key again.
    const same = before.find((one) => one.name === name && one.type === type);
    const url = channel.url ?? same?.url ?? kind.url;
    if (url === undefined) return refused(`channel ${name}: expected a url`);
    const key = channel.key ?? (same?.url === url ? same.key : undefined);
    if (kind.key === 'required' && key === undefined) {
      return refused(`channel ${name}: expected a key, which is needed again with another url`);
    }
    after.push({
      ...{ name, type, url },
      ...(key === undefined ? {} : { key }),
      minSeverity,
      ...(quietHours === undefined ? {} : { quietHours }),
    });
  }
  return parsed(after);
}
