/** Which of an account's channels, and whether its mail, a domain's notices go to. Left out: all of them. */
import { channelNameExpected, mostNotifyChannels, parseChannelName } from './notify-channel.ts';
import { type Parsed, parsed } from './parsed.ts';

/** Stands for the contacts: no channel has this name. */
export const mailChannel = 'mail';

/** All of an account's, and the mail. */
export const mostChosenChannels = mostNotifyChannels + 1;

export const chosenChannelExpected = `${mailChannel} or ${channelNameExpected}`;

export function parseChosenChannel(text: string): Parsed<string> {
  return text === mailChannel ? parsed(text) : parseChannelName(text);
}

/** Why these can't be chosen in an account with these channels; null if they can. */
export function chosenChannelsProblem(chosen: readonly string[], names: readonly string[]): string | null {
  const unknown = chosen.find((name) => name !== mailChannel && !names.includes(name));
  if (unknown === undefined) return null;
  return `expected ${[mailChannel, ...names].join(' or ')}, the account's channels, found ${unknown}`;
}

interface Chosen {
  readonly channels?: readonly string[];
}

/** The notices that go to a channel, or by mail. `names`: the account's channels now. */
export function sentTo<T extends Chosen>(to: string, notices: readonly T[], names: readonly string[]): T[] {
  return notices.filter(({ channels }) => {
    if (channels === undefined || channels.includes(to)) return true;
    // The channels were removed since: the contacts are told instead.
    return to === mailChannel && !channels.some((name) => name === mailChannel || names.includes(name));
  });
}
