/** Devices of pentesters that apps don't pin for a time. Apps look for themselves in the signed list, by a hash. */
import { limits, type UnpinnedDevice } from '../../verify/typescript/src/configuration.ts';

export interface ListedDevice extends UnpinnedDevice {
  readonly by: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly note: string;
}

export const mostDevices = limits.devices;
/** Of the hosts of all devices: every app downloads them, and publications have to fit beside them. */
export const mostDeviceHostCharacters = 8_192;
export const longestUnpinMs = 7 * 86_400_000;
export const shortestUnpinMs = 60_000;

/** Those that are still unpinned. */
export function activeDevices(
  devices: readonly ListedDevice[] | undefined,
  nowMs: number,
): readonly ListedDevice[] {
  return (devices ?? []).filter(({ until }) => until * 1_000 > nowMs);
}

/** As an app shows it: 128 random bits, in whatever form its library writes them. */
export const deviceId = /^[\x21-\x7e]{8,128}$/;

/** Enough to tell devices apart in a mail or a log; the whole hash is in the signed file for everybody to read. */
export function shortHash(hash: string): string {
  return hash.slice(0, 8);
}
