/**
 * Whether a domain's handshakes are made in full in this sweep, whatever is known of its servers: one sweep in `every`, for
 * each host another one, so that the cost is spread. Sweeps are counted by `turn`.
 */
export function isInFull(host: string, turn: number, every: number): boolean {
  let sum = 0;
  for (let at = 0; at < host.length; at += 1) sum = (sum * 31 + host.charCodeAt(at)) % 1_000_003;
  return (turn + sum) % every === 0;
}
