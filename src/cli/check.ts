import { type Check, isJudged } from '../core/check.ts';
import { type Pin, parsePin } from '../core/pin.ts';
import { trustFindings } from '../core/trust.ts';
import { judge } from '../core/verdict.ts';
import { checkTable } from './check-table.ts';
import type { Output } from './output.ts';
import { type ProbeOptions, type ProbePorts, readProbe, unique } from './probe-options.ts';
import { exitStatus, orUsageError } from './usage.ts';

/** As the command line gives them. */
export interface CheckOptions extends ProbeOptions {
  readonly pin?: readonly string[];
  readonly json?: boolean;
}

/** As the service's default, so that both say the same of a certificate. */
const expiringWithinMs = 14 * 86_400_000;

/** `pinwatch check`: one look at one host, judged against the given pins. Gives the exit status. */
export async function check(
  target: string,
  options: CheckOptions,
  output: Output,
  ports: ProbePorts,
): Promise<number> {
  const { domain, timeoutMs } = readProbe('HOST', target, options, output, ports);
  const pins = unique((options.pin ?? []).map((text): Pin => orUsageError('--pin', parsePin(text))));
  const pinned = { ...domain, pins };
  const observations = await ports.observe(pinned, timeoutMs);
  const now = ports.clock();
  const { check: result } = judge(pinned, observations, now, expiringWithinMs);
  output.stdout(
    options.json ? `${JSON.stringify(result, null, 2)}\n` : checkTable(result, now, output.colour),
  );
  return statusOf(result);
}

/** 0: apps can connect, 1: apps would fail, 2: could not be determined. */
export function statusOf({ verdict, findings, endpoints }: Check): number {
  const untrusted = findings.some(({ code }) => (trustFindings as readonly string[]).includes(code));
  if (verdict === 'mismatch' || untrusted) return exitStatus.appsFail;
  return endpoints.some(isJudged) ? exitStatus.ok : exitStatus.undetermined;
}
