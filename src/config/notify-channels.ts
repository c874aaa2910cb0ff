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
import { readSecretFile } from './secret-url.ts';

/** The notification channels of an account; undefined: none. */
export function readNotifyChannels(
  reader: Reader,
  place: Place,
  outside: Outside,
): readonly NotifyChannel[] | undefined {
  const channels: NotifyChannel[] = [];
  for (const entry of reader.list(place, 'notification channels', mostNotifyChannels)) {
    const channel = readChannel(reader, entry, outside);
    if (channel === undefined) continue;
    if (channels.some(({ name }) => name === channel.name)) {
      reader.fail(entry.path, `another channel has the name ${channel.name}`);
    } else channels.push(channel);
  }
  return channels.length === 0 ? undefined : channels;
}

function readChannel(reader: Reader, place: Place, outside: Outside): NotifyChannel | undefined {
  const at = reader.section(place, keys.channel);
  const name = required(reader, at.name, channelNameExpected, parseChannelName);
  const types = `one of ${notifyChannelTypes.join(', ')}`;
  if (at.type.raw === undefined) reader.expected(at.type, types);
  const type = reader.choice(at.type, notifyChannelTypes);
  const urlPlaces = { given: at.url, file: at.urlFile };
  const kind = type === undefined ? undefined : channelKinds[type];
  const usual = isLeftOut(urlPlaces) ? kind?.url : undefined;
  const url = usual ?? readSecret(reader, urlPlaces, channelUrlExpected, parseChannelUrl, outside);
  const keyPlaces = { given: at.key, file: at.keyFile };
  if (kind?.key === 'none' && !isLeftOut(keyPlaces)) {
    reader.fail(place.path, `a channel of type ${type} has no key: leave it out`);
  }
  const isWithout = isLeftOut(keyPlaces) && kind !== undefined && kind.key !== 'required';
  const key = isWithout
    ? undefined
    : readSecret(reader, keyPlaces, signingKeyExpected, parseSigningKey, outside);
  const minSeverity = reader.choice(at.minSeverity, severities) ?? 'info';
  const quietHours = readQuietHours(reader, at.quietHours);
  const problem = type === undefined ? null : quietHoursProblem(type, quietHours);
  if (problem !== null) reader.fail(at.quietHours.path, problem);
  if (name === undefined || type === undefined || url === undefined) return undefined;
  const secret = key === undefined ? {} : { key };
  return { name, type, url, ...secret, minSeverity, ...(quietHours === undefined ? {} : { quietHours }) };
}

interface SecretPlaces {
  readonly given: Place;
  readonly file: Place;
}

function isLeftOut({ given, file }: SecretPlaces): boolean {
  return given.raw === undefined && file.raw === undefined;
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

/** A secret from the configuration or from a separate file. No problem shows its value. */
function readSecret(
  reader: Reader,
  { given, file }: SecretPlaces,
  expected: string,
  parse: (text: string) => Parsed<string>,
  outside: Outside,
): string | undefined {
  if (given.raw !== undefined && file.raw !== undefined) {
    return reader.fail(file.path, `${given.path} is given as well: keep one of the two`);
  }
  if (given.raw === undefined && file.raw === undefined) return reader.expected(given, expected);
  const isFile = file.raw !== undefined;
  const place = isFile ? file : given;
  // A key of only digits is a number in YAML: values of other types are not shown either.
  if (typeof place.raw !== 'string') return reader.fail(place.path, `expected ${expected} as a string`);
  const text = isFile ? readSecretFile(reader, file, outside) : reader.text(given, expected)?.text;
  if (text === undefined) return undefined;
  const read = parse(text);
  return read.ok ? read.value : reader.fail(place.path, read.problem);
}
