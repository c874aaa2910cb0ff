/** How a domain is probed and judged: the same lists for a domain, its account and the installation. */
import { alpnExpected, mostAlpn, parseAlpn } from '../core/alpn.ts';
import {
  chosenChannelExpected,
  mailChannel,
  mostChosenChannels,
  parseChosenChannel,
} from '../core/chosen-channels.ts';
import { type Delivery, deliveryExpected, deliveryModes, parseDelivery } from '../core/delivery.ts';
import { mostAddresses } from '../core/domain.ts';
import {
  type DomainSettings,
  domainSettings,
  ownSettings,
  type SettingFileKey,
  type SettingName,
  settingNames,
} from '../core/domain-settings.ts';
import { addressExpected, parseAddress } from '../core/ip.ts';
import { type KeyType, keyTypes } from '../core/observation.ts';
import { type Platform, platforms } from '../core/platforms.ts';
import { mostRegions, parseRegion, regionExpected } from '../core/region.ts';
import type { FastPath } from '../core/settings.ts';
import { keys } from './keys.ts';
import { isMap, type Place, type Reader } from './reader.ts';

/** Names come from a closed set: a longer list has duplicates. */
export const mostNames = 16;

function readConnect(reader: Reader, place: Place): string[] | undefined {
  if (place.raw === undefined) return undefined;
  if (Array.isArray(place.raw) && place.raw.length === 0) {
    return reader.fail(place.path, 'expected at least one IP address; leave the key out to resolve the name');
  }
  return reader.distinct(reader.list(place, 'IP addresses', mostAddresses), (entry) =>
    reader.parse(entry, addressExpected, parseAddress),
  );
}

export function readKeyTypes(reader: Reader, place: Place): KeyType[] | undefined {
  if (place.raw === undefined) return undefined;
  if (Array.isArray(place.raw) && place.raw.length === 0) {
    return reader.fail(place.path, `expected at least one of ${keyTypes.join(', ')}`);
  }
  const places = reader.list(place, 'key types', mostNames);
  return reader.distinct(places, (entry) => reader.choice(entry, keyTypes));
}

/** Empty: no ALPN is offered. */
function readAlpn(reader: Reader, place: Place): string[] | undefined {
  if (place.raw === undefined) return undefined;
  return reader.distinct(reader.list(place, 'ALPN protocols', mostAlpn), (entry) =>
    reader.parse(entry, alpnExpected, parseAlpn),
  );
}

/** Empty: no platform's rules apply. */
export function readPlatforms(reader: Reader, place: Place): Platform[] | undefined {
  if (place.raw === undefined) return undefined;
  const places = reader.list(place, 'platforms', mostNames);
  return reader.distinct(places, (entry) => reader.choice(entry, platforms));
}

/** As a map, or in short as on the command line. */
function readDelivery(reader: Reader, place: Place): Delivery | undefined {
  if (place.raw === undefined) return undefined;
  if (!isMap(place.raw)) return reader.parse(place, deliveryExpected, parseDelivery);
  const { mode, sub } = reader.section(place, keys.deliver);
  if (mode.raw === undefined) return reader.expected(mode, `one of ${deliveryModes.join(', ')}`);
  const chosen = reader.choice(mode, deliveryModes);
  const covers = reader.flag(sub, false);
  return chosen === undefined ? undefined : { mode: chosen, sub: covers };
}

function readChannels(reader: Reader, place: Place): string[] | undefined {
  if (place.raw === undefined) return undefined;
  if (Array.isArray(place.raw) && place.raw.length === 0) {
    return reader.fail(place.path, `expected at least one of ${mailChannel} and the account's channels`);
  }
  return reader.distinct(reader.list(place, 'channels', mostChosenChannels), (entry) =>
    reader.parse(entry, chosenChannelExpected, parseChosenChannel),
  );
}

function readRegions(reader: Reader, place: Place): string[] | undefined {
  if (place.raw === undefined) return undefined;
  if (Array.isArray(place.raw) && place.raw.length === 0) {
    return reader.fail(place.path, 'expected at least one region; leave the key out for all of them');
  }
  return reader.distinct(reader.list(place, 'regions', mostRegions), (entry) =>
    reader.parse(entry, regionExpected, parseRegion),
  );
}

export type ReadCa = (place: Place) => string | undefined;

type Readers = {
  readonly [name in SettingName]: (
    reader: Reader,
    place: Place,
    readCa: ReadCa,
  ) => DomainSettings[name] | undefined;
};

const readers: Readers = {
  connect: readConnect,
  keyTypes: readKeyTypes,
  alpn: readAlpn,
  platforms: readPlatforms,
  regions: readRegions,
  ca: (_reader, place, readCa) => readCa(place),
  deliver: readDelivery,
  channels: readChannels,
};

/** A domain's own settings; every problem of them is found. */
export function readSettings(
  reader: Reader,
  places: Readonly<Record<SettingFileKey, Place>>,
  readCa: ReadCa,
): DomainSettings {
  const values = settingNames.map((name) => {
    const place = places[domainSettings[name].fileKey];
    return [name, readers[name](reader, place, readCa)] as const;
  });
  return ownSettings(Object.fromEntries(values));
}

export function readFastPath(reader: Reader, place: Place): FastPath {
  const raw = typeof place.raw === 'boolean' ? String(place.raw) : place.raw;
  const word = reader.choice({ path: place.path, raw }, ['true', 'false', 'distrusted']) ?? 'true';
  return word === 'distrusted' ? word : word === 'true';
}
