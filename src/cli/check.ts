import { type AppsConnect, appsConnect } from '../core/apps-connect.ts';
import type { Check } from '../core/check.ts';
import type { Domain } from '../core/domain.ts';
import type { Observation } from '../core/observation.ts';
import { type Pin, parsePin } from '../core/pin.ts';
import { notifyTable } from '../core/settings.ts';
import { type Judgement, judge } from '../core/verdict.ts';
import { checkTable } from './check-table.ts';
import type { Output } from './output.ts';
import {
  type CheckPorts,
  type ProbingOptions,
  readCheckRequest,
  readPlatforms,
  unique,
} from './probing-options.ts';
import { exitStatus, orUsageError } from './usage.ts';

/** As parsed from the command line. */
export interface CheckOptions extends ProbingOptions {
  readonly pin?: readonly string[];
  readonly platform?: readonly string[];
  readonly json?: boolean;
}

/** `pinwatch check`: probes one host once and judges it against the given pins. Returns the exit status. */
export async function check(
  target: string,
  options: CheckOptions,
  output: Output,
  ports: CheckPorts,
): Promise<number> {
  const { domain, timeoutMs } = readCheckRequest('HOST', target, options, output, ports);
  const pins = unique((options.pin ?? []).map((text): Pin => orUsageError('--pin', parsePin(text))));
  const platforms = readPlatforms(options.platform);
  const pinned = { ...domain, pins, ...(platforms === undefined ? {} : { platforms }) };
  const observations = await ports.observe(pinned, timeoutMs);
  const now = ports.clock();
  const { check: result } = judged(pinned, observations, now);
  output.stdout(
    options.json ? `${JSON.stringify(result, null, 2)}\n` : checkTable(result, now, output.colour),
  );
  return statusOf(result);
}

/**
 * Judges the observations as of `now` (milliseconds since the epoch) with the service's defaults, so that the command
 * and the service agree.
 */
export function judged(domain: Domain, observations: readonly Observation[], now: number): Judgement {
  return judge(domain, observations, now, notifyTable.expiringWithinMs.standard);
}

const statuses: Readonly<Record<AppsConnect, number>> = {
  yes: exitStatus.ok,
  some: exitStatus.appsFail,
  no: exitStatus.appsFail,
  unknown: exitStatus.undetermined,
};

/** 0: apps can connect, 1: apps would fail, 2: could not be determined. */
export function statusOf(result: Check): number {
  return statuses[appsConnect(result)];
}
