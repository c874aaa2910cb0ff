import { type Delivery, deliveryText } from './delivery.ts';
import type { KeyType } from './observation.ts';
import type { Platform } from './platforms.ts';
import { rootBundle } from './root-bundle.ts';

/** How a domain is probed, judged, delivered and told of, as far as that differs from its account or the installation. */
export interface DomainSettings {
  /** IP addresses that replace name resolution. */
  readonly connect?: readonly string[];
  readonly keyTypes?: readonly KeyType[];
  /** The application protocols that are offered (RFC 7301), in this order; empty: no ALPN. Left out: `h2, http/1.1`. */
  readonly alpn?: readonly string[];
  /** Whose rules count; empty: no platform's. Left out: the account's. */
  readonly platforms?: readonly Platform[];
  /** Seen only from these regions, as far as they are known. Left out: from all. */
  readonly regions?: readonly string[];
  /** PEM of the roots that replace the default trust store. */
  readonly ca?: string;
  /** How apps get its pins. Left out: as `pins`, if it has any. */
  readonly deliver?: Delivery;
  /** Where its notices go: names of the account's channels, and `mail`. Left out: everywhere. */
  readonly channels?: readonly string[];
}

export type SettingName = keyof DomainSettings;

interface DomainSetting {
  /** `set`: a list whose order means nothing. `sequence`: a list in order of preference. `roots`: PEM. `delivery`: an object. */
  readonly form: 'set' | 'sequence' | 'roots' | 'delivery';
  /** Shown to people before its value. */
  readonly label: string;
  /** Its key in a file of accounts. */
  readonly fileKey: string;
  /** The option of the command line, without its dashes. */
  readonly flag: string;
}

/** One row per setting, for code that treats all settings alike. */
export const domainSettings = {
  connect: { form: 'set', label: 'connect', fileKey: 'connect', flag: 'connect' },
  keyTypes: { form: 'set', label: 'keys', fileKey: 'keyTypes', flag: 'key-type' },
  alpn: { form: 'sequence', label: 'alpn', fileKey: 'alpn', flag: 'alpn' },
  platforms: { form: 'set', label: 'platforms', fileKey: 'platforms', flag: 'platform' },
  regions: { form: 'set', label: 'seen from', fileKey: 'regions', flag: 'region' },
  ca: { form: 'roots', label: 'roots', fileKey: 'caFile', flag: 'ca-file' },
  deliver: { form: 'delivery', label: 'delivered', fileKey: 'deliver', flag: 'deliver' },
  channels: { form: 'set', label: 'notified', fileKey: 'channels', flag: 'channel' },
} as const satisfies { readonly [name in SettingName]: DomainSetting };

export const settingNames = Object.keys(domainSettings) as readonly SettingName[];

export type SettingFileKey = (typeof domainSettings)[SettingName]['fileKey'];
export const settingFileKeys: readonly SettingFileKey[] = settingNames.map(
  (name) => domainSettings[name].fileKey,
);

/** null removes a setting; one that is left out stays. */
export type SettingsChange = { readonly [name in SettingName]?: DomainSettings[name] | null };

type Given = { readonly [name in SettingName]?: DomainSettings[name] | null | undefined };

/** The settings that have a value. */
export function ownSettings(values: Given): DomainSettings {
  return Object.fromEntries(entries(values).filter(([, value]) => value !== undefined && value !== null));
}

/** Every setting; null if it has no value. */
export function allSettings(values: Given): {
  readonly [name in SettingName]: NonNullable<DomainSettings[name]> | null;
} {
  return Object.fromEntries(entries(values).map(([name, value]) => [name, value ?? null])) as ReturnType<
    typeof allSettings
  >;
}

/** The change that turns `now` into `wanted`. */
export function settingsDifference(now: Given, wanted: Given): SettingsChange {
  const different = settingNames.filter((name) => !isSame(name, now[name] ?? null, wanted[name] ?? null));
  return Object.fromEntries(different.map((name) => [name, wanted[name] ?? null]));
}

/** For people; `roots` replaces the PEM of roots. */
export function settingText(value: DomainSettings[SettingName], roots: string): string {
  if (typeof value === 'string') return roots;
  return isDelivery(value) ? deliveryText(value) : (value ?? []).join(', ') || 'none';
}

function entries(values: Given) {
  return settingNames.map((name) => [name, values[name]] as const);
}

type Value = readonly string[] | string | Delivery | null;

function isDelivery(value: Value | undefined): value is Delivery {
  return typeof value === 'object' && value !== null && 'mode' in value;
}

/** An empty list is not the same as none: no platform, or no ALPN. */
function isSame(name: SettingName, a: Value, b: Value): boolean {
  if (a === null || b === null) return a === b;
  return canonical(name, a) === canonical(name, b);
}

function canonical(name: SettingName, value: NonNullable<Value>): string {
  if (typeof value === 'string') return rootBundle(value);
  if (isDelivery(value)) return deliveryText(value);
  return JSON.stringify(domainSettings[name].form === 'set' ? [...new Set(value)].sort() : value);
}
