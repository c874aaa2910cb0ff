import type { AppliedSet } from '../core/applied-set.ts';
import { type AppsConnect, appsConnect } from '../core/apps-connect.ts';
import type { Check } from '../core/check.ts';
import type { Domain } from '../core/domain.ts';
import type { Observation } from '../core/observation.ts';
import { parseOkHttpVersion } from '../core/okhttp-version.ts';
import { type Pin, parsePin } from '../core/pin.ts';
import { parsePinFormat } from '../core/pin-format.ts';
import { quote } from '../core/quote.ts';
import { notifyTable } from '../core/settings.ts';
import { type Judgement, judge } from '../core/verdict.ts';
import { checkTable } from './check-table.ts';
import type { Output } from './output.ts';
import { type PinsFrom, shippedPins } from './pins-from.ts';
import {
  type CheckPorts,
  type ProbingOptions,
  readCheckRequest,
  readPlatforms,
  unique,
} from './probing-options.ts';
import { exitStatus, orUsageError, UsageError } from './usage.ts';

/** As parsed from the command line. */
export interface CheckOptions extends ProbingOptions {
  readonly pin?: readonly string[];
  readonly platform?: readonly string[];
  readonly pinsFrom?: string;
  readonly format?: string;
  readonly okhttp?: string;
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
  const from = readPinsFrom(options);
  const pinSets = from === null ? [] : await setsFrom(from, domain.host, output, ports);
  const pinned = {
    ...{ ...domain, pins },
    ...(platforms === undefined ? {} : { platforms }),
    ...(pinSets.length === 0 ? {} : { pinSets }),
  };
  const observations = await ports.observe(pinned, timeoutMs);
  const now = ports.clock();
  const { check: result } = judged(pinned, observations, now);
  output.stdout(
    options.json ? `${JSON.stringify(result, null, 2)}\n` : checkTable(result, now, output.colour),
  );
  return statusOf(result);
}

/** null: no file is given. Throws UsageError. */
function readPinsFrom({ pinsFrom, format, okhttp }: CheckOptions): PinsFrom | null {
  if (pinsFrom === undefined) {
    const lost = format !== undefined ? '--format' : okhttp !== undefined ? '--okhttp' : null;
    if (lost !== null) throw new UsageError(`${lost}: expected --pins-from with it, found none`);
    return null;
  }
  return {
    path: pinsFrom,
    ...(format === undefined ? {} : { format: orUsageError('--format', parsePinFormat(format)) }),
    ...(okhttp === undefined ? {} : { okhttp: orUsageError('--okhttp', parseOkHttpVersion(okhttp)) }),
  };
}

/** The pin sets of the file that concern the host; says so if there are none. Throws UsageError. */
async function setsFrom(
  from: PinsFrom,
  host: string,
  { stderr }: Pick<Output, 'stderr'>,
  { readPinFile }: Pick<CheckPorts, 'readPinFile'>,
): Promise<readonly AppliedSet[]> {
  const shipped = await shippedPins(from, host, readPinFile);
  if (!shipped.ok) throw new UsageError(`--pins-from: ${shipped.problem}`);
  const { sets, warnings, format } = shipped.value;
  for (const warning of warnings) stderr(`${warning}\n`);
  if (sets.length === 0)
    stderr(
      `--pins-from: ${quote(from.path)} (${format}) does not pin ${host}: its app accepts any trusted key there\n`,
    );
  return sets;
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
