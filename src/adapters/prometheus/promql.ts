/** Parts of expressions that many rules share. */

/** Bridges a restart: the series of a target that is down end at once. */
const bridge = '5m';

/** A domain's value; each `run` and `server` process exports the same, so the highest counts for all. */
export function ofDomain(metric: string, offset = ''): string {
  return `max by (account, domain) (${bridged(metric, offset)})`;
}

/** A value of the signed configuration of an account. */
export function ofAccount(metric: string): string {
  return `max by (account) (${bridged(metric)})`;
}

/** A value of one of several regions. */
export function ofRegion(metric: string): string {
  return `max by (region) (${bridged(metric)})`;
}

/** A value of the installation. */
export function ofService(metric: string, offset = ''): string {
  return `max(${bridged(metric, offset)})`;
}

/** `pinwatch_pins` → `last_over_time(pinwatch_pins[5m])`. */
export function bridged(metric: string, offset = ''): string {
  return `last_over_time(${metric}[${bridge}]${offset === '' ? '' : ` offset ${offset}`})`;
}

export const mutedUntil = 'account_domain:pinwatch_muted_until:timestamp';
export const unlessMuted = `unless ${mutedUntil}`;

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const units = [
  ['d', day],
  ['h', hour],
  ['m', minute],
  ['s', second],
] as const;

/** In the largest unit that divides it, rounded up to a second: `90m`, as people write it. */
export function promDuration(milliseconds: number): string {
  const whole = Math.ceil(milliseconds / second) * second;
  const [unit, size] = units.find(([, each]) => whole % each === 0) ?? units[3];
  return `${whole / size}${unit}`;
}

/** `14 * 86400`, or plain seconds for a part of a day. */
export function secondsOf(milliseconds: number): string {
  if (milliseconds % day === 0) return `${milliseconds / day} * 86400`;
  return String(Math.ceil(milliseconds / second));
}

/** Spans two sweeps, and the bridge. PromQL can look back by a fixed time only. */
export function twoSweeps(intervalMs: number): string {
  return promDuration(roundUp(2 * intervalMs) + 5 * minute);
}

/** What was planned one sweep ago must have begun by now. */
export function oneSweep(intervalMs: number): string {
  return promDuration(roundUp(intervalMs) + 5 * minute);
}

function roundUp(milliseconds: number): number {
  return Math.ceil(milliseconds / minute) * minute;
}

/** Puts an expression into the middle of another one, each line further in. */
export function indented(text: string, by = '  '): string {
  return text.replace(/^(?=.)/gm, by);
}
