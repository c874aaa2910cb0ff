import type { Parsed } from '../core/parsed.ts';

/** Bad usage: its message names the value and what was expected. Printed without a stack trace, exit status 64. */
export class UsageError extends Error {}

/** Exit statuses of every command; 64 is EX_USAGE of sysexits.h. */
export const exitStatus = {
  ok: 0,
  appsFail: 1,
  /** Of `health` alone; Docker wants 1. */
  unwell: 1,
  undetermined: 2,
  /** Of `apply --dry-run` alone: there is something to do. */
  changes: 3,
  usage: 64,
  unavailable: 69,
  failure: 70,
} as const;

const gravestFirst: readonly number[] = [exitStatus.appsFail, exitStatus.usage, exitStatus.undetermined];

/** The worst of several exit statuses: failing apps count more than what is unknown. */
export function gravestStatus(statuses: ReadonlySet<number>): number {
  return gravestFirst.find((status) => statuses.has(status)) ?? exitStatus.ok;
}

/** The value read from the argument or option that `place` names. Throws UsageError. */
export function orUsageError<T>(place: string, result: Parsed<T>): T {
  if (!result.ok) throw new UsageError(`${place}: ${result.problem}`);
  return result.value;
}
