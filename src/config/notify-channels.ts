import type { GivenChannel } from '../core/channel-change.ts';
import { severities } from '../core/finding.ts';
import {
  channelKinds,
  channelNameExpected,
  channelUrlExpected,
  mostNotifyChannels,
  type NotifyChannel,
  notifyChannelTypes,
  parseChannelName,
  parseChannelUrl,
  parseSigningKey,
  quietHoursProblem,
  signingKeyExpected,
} from '../core/notify-channel.ts';
import type { Parsed } from '../core/parsed.ts';
import {
  parseTimeOfDay,
  parseTimeZone,
  type QuietHours,
  timeOfDayExpected,
  timeZoneExpected,
} from '../core/quiet-hours.ts';
import { keys } from './keys.ts';
import type { Outside } from './outside.ts';
import type { Place, Reader } from './reader.ts';
import { isLeftOut, readSecret } from './secret.ts';

/** The notification channels of an account; undefined: none. */
export function readNotifyChannels(
  reader: Reader,
  place: Place,
  outside: Outside,
): readonly NotifyChannel[] | undefined {
  const channels = readChannels(reader, place, (entry) => {
    const channel = readChannel(reader, entry, outside, true);
    return channel?.url === undefined ? undefined : { ...channel, url: channel.url };
  });
  return channels.length === 0 ? undefined : channels;
}

/** The same for an account that is applied: what it has of secrets stays if they are left out. [] removes all. */
export function readGivenChannels(
  reader: Reader,
  place: Place,
  outside: Outside,
): readonly GivenChannel[] | undefined {
  if (place.raw === undefined) return undefined;
  return readChannels(reader, place, (entry) => readChannel(reader, entry, outside, false));
}

function readChannels<T extends { readonly name: string }>(
  reader: Reader,
  place: Place,
  read: (entry: Place) => T | undefined,
): T[] {
  const channels: T[] = [];
  for (const entry of reader.list(place, 'notification channels', mostNotifyChannels)) {
    const channel = read(entry);
    if (channel === undefined) continue;
    if (channels.some(({ name }) => name === channel.name)) {
      reader.fail(entry.path, `another channel has the name ${channel.name}`);
    } else channels.push(channel);
  }
  return channels;
}

type ReadChannel = Omit<NotifyChannel, 'url'> & Partial<Pick<NotifyChannel, 'url'>>;

/** `isWhole`: the secrets that its type needs must be there. */
function readChannel(
  reader: Reader,
  place: Place,
  outside: Outside,
  isWhole: boolean,
): ReadChannel | undefined {
  const at = reader.section(place, keys.channel);
  const name = required(reader, at.name, channelNameExpected, parseChannelName);
  const types = `one of ${notifyChannelTypes.join(', ')}`;
  if (at.type.raw === undefined) reader.expected(at.type, types);
  const type = reader.choice(at.type, notifyChannelTypes);
  const urlPlaces = { given: at.url, file: at.urlFile };
  const kind = type === undefined ? undefined : channelKinds[type];
  const usual = isLeftOut(urlPlaces) ? kind?.url : undefined;
  const isUrlKept = isLeftOut(urlPlaces) && !isWhole;
  const url = isUrlKept
    ? undefined
    : (usual ?? readSecret(reader, urlPlaces, channelUrlExpected, parseChannelUrl, outside));
  const keyPlaces = { given: at.key, file: at.keyFile };
  if (kind?.key === 'none' && !isLeftOut(keyPlaces)) {
    reader.fail(place.path, `a channel of type ${type} has no key: leave it out`);
  }
  const isWithout = isLeftOut(keyPlaces) && kind !== undefined && (kind.key !== 'required' || !isWhole);
  const key = isWithout
    ? undefined
    : readSecret(reader, keyPlaces, signingKeyExpected, parseSigningKey, outside);
  const minSeverity = reader.choice(at.minSeverity, severities) ?? 'info';
  const quietHours = readQuietHours(reader, at.quietHours);
  const problem = type === undefined ? null : quietHoursProblem(type, quietHours);
  if (problem !== null) reader.fail(at.quietHours.path, problem);
  if (name === undefined || type === undefined) return undefined;
  const secrets = { ...(url === undefined ? {} : { url }), ...(key === undefined ? {} : { key }) };
  return { name, type, ...secrets, minSeverity, ...(quietHours === undefined ? {} : { quietHours }) };
}

function readQuietHours(reader: Reader, place: Place): QuietHours | undefined {
  if (place.raw === undefined) return undefined;
  const at = reader.section(place, keys.quietHours);
  const from = required(reader, at.from, timeOfDayExpected, parseTimeOfDay);
  const to = required(reader, at.to, timeOfDayExpected, parseTimeOfDay);
  const timeZone = required(reader, at.timeZone, timeZoneExpected, parseTimeZone);
  if (from === undefined || to === undefined || timeZone === undefined) return undefined;
  if (from === to) return reader.expected(at.to, 'another time than "from"');
  return { from, to, timeZone };
}

function required<T>(
  reader: Reader,
  place: Place,
  expected: string,
  parse: (text: string) => Parsed<T>,
): T | undefined {
  return place.raw === undefined ? reader.expected(place, expected) : reader.parse(place, expected, parse);
}
