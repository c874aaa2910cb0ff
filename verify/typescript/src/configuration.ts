import { toBase64Url } from './base64url.ts';
import { isEntryHost } from './host.ts';
import { array, bytes32, channel, flag, integer, object, oneOf, pins } from './members.ts';
import { malformed } from './refusal.ts';
import type { JsonObject, JsonValue } from './strict-json.ts';

/** `pins`: a pinned key has to be on the path. `observe`: a mismatch is only reported. `roots`: as `pins`, with the list of roots. */
export type Mode = 'pins' | 'observe' | 'roots' | 'off';

export interface Entry {
  readonly mode: Mode;
  /** Base64 of SHA-256 over the SubjectPublicKeyInfo. Empty in the modes that have none. */
  readonly pins: readonly string[];
  /** It covers every level below, too. */
  readonly sub: boolean;
}

export interface UnpinnedDevice {
  /** `deviceHash`. */
  readonly hash: string;
  /** Seconds since 1970: from then on it is pinned again. */
  readonly until: number;
  /** Only for the entries of these names; null: for all hosts. */
  readonly domains: readonly string[] | null;
}

/** The dates and the addressee of a configuration. */
export interface ConfigurationHead {
  readonly audience: string;
  readonly version: number;
  /** Seconds since 1970, as `expiresAt`. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Seconds between two fetches while the app is active. */
  readonly refresh: number;
  readonly afterExpiry: 'enforce' | 'off';
  /** For hosts without an entry. */
  readonly default: 'off' | 'roots';
}

export interface Configuration extends ConfigurationHead {
  readonly domains: ReadonlyMap<string, Entry>;
  readonly roots: readonly string[];
  readonly devices: readonly UnpinnedDevice[];
}

export const limits = {
  domains: 1_000,
  pins: 32,
  roots: 300,
  devices: 20,
  refresh: [60, 86_400],
} as const;

export const defaultRefresh = 180;

/** All claims but the lists. */
export function readHead(claims: JsonObject): ConfigurationHead {
  const issuedAt = integer('iat', claims.get('iat'));
  return {
    audience: channel('aud', claims.get('aud')),
    version: integer('ver', claims.get('ver'), 1),
    issuedAt,
    expiresAt: integer('exp', claims.get('exp'), issuedAt + 1),
    refresh: optional(claims, 'refresh', defaultRefresh, (value) =>
      integer('refresh', value, ...limits.refresh),
    ),
    afterExpiry: optional(claims, 'afterExpiry', 'enforce', (value) =>
      oneOf('afterExpiry', value, ['enforce', 'off']),
    ),
    default: optional(claims, 'default', 'off', (value) => oneOf('default', value, ['off', 'roots'])),
  };
}

/** The lists. One bad entry refuses the whole, because half a configuration is a mix. */
export function readEntries(claims: JsonObject, head: ConfigurationHead): Configuration {
  const domains = new Map<string, Entry>();
  const members = object('domains', claims.get('domains'));
  if (members.size > limits.domains) malformed('domains', `at most ${limits.domains}`);
  for (const [host, entry] of members) domains.set(checkHost('domains', host), readEntry(place(host), entry));
  const roots = optional(claims, 'roots', [], (value) => pins('roots', value, 0, limits.roots));
  const usesRoots = head.default === 'roots' || [...domains.values()].some(({ mode }) => mode === 'roots');
  if (usesRoots && roots.length === 0) malformed('roots', 'at least one, because the mode "roots" is used');
  const devices = optional(claims, 'devices', [], (value) =>
    array('devices', value, 0, limits.devices).map((device, at) => readDevice(`devices[${at}]`, device)),
  );
  return { ...head, domains, roots, devices };
}

function readEntry(at: string, value: JsonValue): Entry {
  const entry = object(at, value);
  const mode = oneOf(`${at}.mode`, entry.get('mode'), ['pins', 'observe', 'roots', 'off']);
  const needsPins = mode === 'pins' || mode === 'observe';
  return {
    mode,
    pins: needsPins || entry.has('pins') ? pins(`${at}.pins`, entry.get('pins'), 1, limits.pins) : [],
    sub: optional(entry, 'sub', false, (sub) => flag(`${at}.sub`, sub)),
  };
}

function readDevice(at: string, value: JsonValue): UnpinnedDevice {
  const device = object(at, value);
  return {
    hash: toBase64Url(bytes32(`${at}.h`, device.get('h'))),
    until: integer(`${at}.until`, device.get('until')),
    domains: optional(device, 'domains', null, (domains) =>
      array(`${at}.domains`, domains, 1, limits.domains).map((host) => checkHost(`${at}.domains`, host)),
    ),
  };
}

function checkHost(at: string, host: JsonValue): string {
  return typeof host === 'string' && isEntryHost(host)
    ? host
    : malformed(at, `hosts: lower-case A-labels, two or more, no address, no port; found ${shown(host)}`);
}

function place(host: string): string {
  return `domains[${shown(host)}]`;
}

function shown(value: JsonValue): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : 'no text';
}

function optional<T>(members: JsonObject, name: string, absent: T, read: (value: JsonValue) => T): T {
  const value = members.get(name);
  return value === undefined ? absent : read(value);
}
