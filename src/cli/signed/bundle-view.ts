import type { VerifiedBundle } from '../../../verify/typescript/src/bundle.ts';
import { rfc3339 } from '../../core/clock.ts';
import { formatDuration } from '../../core/duration.ts';
import { plural } from '../../core/plural.ts';

const minute = 60_000;

/** What a bundle says, for programs. `now`: milliseconds since 1970. */
export function bundleJson({ held, configuration, root, key }: VerifiedBundle, now: number) {
  const { audience: channel, expiresAt, domains, devices } = configuration;
  return {
    channel,
    generation: held.generation,
    version: held.version,
    issuedAt: held.issuedAt,
    expiresAt,
    stale: now >= expiresAt * 1_000,
    root,
    key,
    domains: domains.size,
    devices: devices.length,
  };
}

/** The same for people. */
export function bundleText(bundle: VerifiedBundle, now: number): string {
  const { channel, generation, version, issuedAt, expiresAt, stale, root, key, domains, devices } =
    bundleJson(bundle, now);
  const left = Math.abs(expiresAt * 1_000 - now);
  const span = formatDuration(Math.floor(left / minute) * minute);
  const rows = [
    ['channel', channel],
    ['version', `${version} of generation ${generation}`],
    ['issued', rfc3339(issuedAt * 1_000)],
    ['expires', `${rfc3339(expiresAt * 1_000)}, ${stale ? `${span} ago: apps call it stale` : `in ${span}`}`],
    ['root', root],
    ['key', key],
    ['holds', `${plural(domains, 'domain')}, ${plural(devices, 'unpinned device')}`],
  ];
  return rows.map(([label = '', text]) => `  ${label.padEnd(8)} ${text}\n`).join('');
}
