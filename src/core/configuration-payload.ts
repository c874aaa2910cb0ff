/** The payload of a signed configuration: the text that is signed, made in one way, so that equal contents are equal texts. */
import type { Configuration, Entry, UnpinnedDevice } from '../../verify/typescript/src/configuration.ts';
import { defaultRefresh } from '../../verify/typescript/src/configuration.ts';

/** What apps get, without its dates. */
export type ConfigurationContent = Omit<Configuration, 'issuedAt' | 'expiresAt'>;

/** Seconds since 1970. */
export interface Dates {
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** JSON without white space, members in the order of the format, hosts and pins sorted, defaults left out. */
export function configurationPayload(content: ConfigurationContent, { issuedAt, expiresAt }: Dates): string {
  return JSON.stringify(claims(content, { iat: issuedAt, exp: expiresAt }));
}

/** The same without its dates: two configurations that say the same have the same one. */
export function undatedPayload(content: ConfigurationContent): string {
  return JSON.stringify(claims(content, {}));
}

function claims(content: ConfigurationContent, dates: { readonly iat?: number; readonly exp?: number }) {
  const { audience, version, refresh, afterExpiry, domains, roots, devices } = content;
  const hosts = [...domains].sort(([a], [b]) => order(a, b));
  return {
    v: 1,
    aud: audience,
    ver: version,
    ...dates,
    ...(refresh !== defaultRefresh && { refresh }),
    ...(afterExpiry !== 'enforce' && { afterExpiry }),
    ...(content.default !== 'off' && { default: content.default }),
    domains: Object.fromEntries(hosts.map(([host, entry]) => [host, entryClaims(entry)])),
    ...(roots.length > 0 && { roots: sorted(roots) }),
    ...(devices.length > 0 && { devices: [...devices].sort(byHash).map(deviceClaims) }),
  };
}

function entryClaims({ mode, pins, sub }: Entry) {
  const pinned = mode === 'pins' || mode === 'observe';
  return { mode, ...(pinned && { pins: sorted(pins) }), ...(sub && { sub }) };
}

function deviceClaims({ hash, until, domains }: UnpinnedDevice) {
  return { h: hash, until, ...(domains !== null && { domains: sorted(domains) }) };
}

function byHash(a: UnpinnedDevice, b: UnpinnedDevice): number {
  return order(a.hash, b.hash) || a.until - b.until;
}

function sorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort(order);
}

/** By code units, on every machine alike. */
function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
