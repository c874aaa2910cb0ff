import { toBase64Url } from './base64url.ts';
import type { Configuration, Entry } from './configuration.ts';
import { entrySpelling } from './host.ts';
import { asciiBytes } from './utf8.ts';
import { type Subtle, sha256 } from './web-crypto.ts';

export interface Decision {
  /** `mismatch`: the connection must not be used. `not_pinned`: nothing is asked beyond the platform's own trust. */
  readonly decision: 'allowed' | 'mismatch' | 'not_pinned';
  /** No key on the path is pinned, and the app should say so somewhere, even if the connection goes on. */
  readonly report: boolean;
}

export interface Connection {
  readonly host: string;
  /** The SHA-256 of each key on the path that the platform has validated, in base64, leaf first. */
  readonly path: readonly string[];
  /** `deviceHash` of this device; null if it has no id. */
  readonly device: string | null;
  /** Seconds since 1970. */
  readonly at: number;
}

const notPinned: Decision = { decision: 'not_pinned', report: false };

/** Whether a connection may be used. */
export function decide(configuration: Configuration, { host, path, device, at }: Connection): Decision {
  const [name, entry] = entryFor(configuration, host);
  if (configuration.afterExpiry === 'off' && at >= configuration.expiresAt) return notPinned;
  if (device !== null && isUnpinned(configuration, device, name, at)) return notPinned;
  const mode = entry?.mode ?? configuration.default;
  if (mode === 'off') return notPinned;
  const pins = mode === 'roots' ? configuration.roots : (entry?.pins ?? []);
  if (path.some((pin) => pins.includes(pin))) return { decision: 'allowed', report: false };
  return { decision: mode === 'observe' ? 'allowed' : 'mismatch', report: true };
}

/** The entry of the host's own name, or else of the longest parent domain that covers what is below it; never both. */
export function entryFor(
  { domains }: Pick<Configuration, 'domains'>,
  host: string,
): readonly [string, Entry] | readonly [null, null] {
  let name = entrySpelling(host);
  for (let isParent = false; ; isParent = true) {
    const entry = domains.get(name);
    if (entry !== undefined && (entry.sub || !isParent)) return [name, entry];
    const dot = name.indexOf('.');
    if (dot === -1) return [null, null];
    name = name.slice(dot + 1);
  }
}

function isUnpinned({ devices }: Configuration, device: string, name: string | null, at: number): boolean {
  return devices.some(
    ({ hash, until, domains }) =>
      hash === device && at < until && (domains === null || (name !== null && domains.includes(name))),
  );
}

/** How a device looks for itself in the list. The id is ASCII. */
export async function deviceHash(subtle: Subtle, channel: string, device: string): Promise<string> {
  return toBase64Url(await sha256(subtle, asciiBytes(`pinwatch-device\0${channel}\0${device}`)));
}
