import { fnv1a } from './hash.ts';

/**
 * Whether a domain's handshakes are made in full in this sweep, whatever is known of its servers: one sweep in `every`, for
 * each host another one, so that the cost is spread. Sweeps are counted by `turn`.
 */
export function isInFull(host: string, turn: number, every: number): boolean {
  return (turn + fnv1a(host)) % every === 0;
}
