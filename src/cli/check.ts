import type { AppliedSet } from '../core/applied-set.ts';
import { type Domain, domainName } from '../core/domain.ts';
import type { Observation } from '../core/observation.ts';
import { parseOkHttpVersion } from '../core/okhttp-version.ts';
import { type Pin, parsePin } from '../core/pin.ts';
import { parsePinFormat } from '../core/pin-format.ts';
import { quote } from '../core/quote.ts';
import { notifyTable } from '../core/settings.ts';
import { type Judgement, judge } from '../core/verdict.ts';
import { checkSeveral } from './check-several.ts';
import { statusOf } from './check-status.ts';
import { checkTable } from './check-table.ts';
import { readTargets } from './check-targets.ts';
import { type Output, withProgress } from './output.ts';
import { type PinsFrom, shippedPins } from './pins-from.ts';
import { privateRootHint } from './private-root-hint.ts';
import {
  type CheckPorts,
  type ProbingOptions,
  readPlatforms,
  readProbing,
  unique,
} from './probing-options.ts';
import { orUsageError, UsageError } from './usage.ts';

/** As parsed from the command line. */
export interface CheckOptions extends ProbingOptions {
  readonly pin?: readonly string[];
  readonly platform?: readonly string[];
  readonly pinsFrom?: string;
  readonly format?: string;
  readonly okhttp?: string;
  readonly file?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** `pinwatch check`: probes each host once and judges it against the given pins. Returns the exit status of the worst. */
export async function check(
  hosts: readonly string[],
  options: CheckOptions,
  output: Output,
  ports: CheckPorts,
): Promise<number> {
  if (options.quiet && options.json)
    throw new UsageError('--quiet and --json: expected one of them, found both');
  const { settings, timeoutMs } = readProbing(options, output, ports);
  const { targets, areSeveral } = readTargets(hosts, options.file, ports);
  const pins = unique((options.pin ?? []).map((text): Pin => orUsageError('--pin', parsePin(text))));
  const platforms = readPlatforms(options.platform);
  const from = readPinsFrom(options);
  const domains: Domain[] = [];
  const remarks = new Set<string>();
  for (const target of targets) {
    const pinSets = from === null ? [] : await setsFrom(from, target.host, remarks, ports);
    domains.push({
      ...{ ...target, ...settings, pins },
      ...(platforms === undefined ? {} : { platforms }),
      ...(pinSets.length === 0 ? {} : { pinSets }),
    });
  }
  for (const line of remarks) output.stderr(`${line}\n`);
  const work = async (domain: Domain) => {
    const observations = await ports.observe(domain, timeoutMs);
    return judged(domain, observations, ports.clock());
  };
  if (areSeveral) return checkSeveral(domains, work, options, output, ports.clock);
  const [domain] = domains;
  if (domain === undefined) throw new UsageError('HOST: expected a host such as api.example.com, found none');
  const { check: result } = await withProgress(output, options, `probing ${domainName(domain)}`, () =>
    work(domain),
  );
  if (options.json) output.stdout(`${JSON.stringify(result, null, 2)}\n`);
  else if (!options.quiet) {
    const hint = privateRootHint([result], settings.ca !== undefined);
    output.stdout(`${checkTable(result, ports.clock(), output.colour)}${hint}`);
  }
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

/** The pin sets of the file that concern the host; what a person should know is added to `remarks`. Throws UsageError. */
async function setsFrom(
  from: PinsFrom,
  host: string,
  remarks: Set<string>,
  { readPinFile }: Pick<CheckPorts, 'readPinFile'>,
): Promise<readonly AppliedSet[]> {
  const shipped = await shippedPins(from, host, readPinFile);
  if (!shipped.ok) throw new UsageError(`--pins-from: ${shipped.problem}`);
  const { sets, warnings, format } = shipped.value;
  for (const warning of warnings) remarks.add(warning);
  if (sets.length === 0) {
    remarks.add(
      `--pins-from: ${quote(from.path)} (${format}) does not pin ${host}: its app accepts any trusted key there`,
    );
  }
  return sets;
}

/**
 * Judges the observations as of `now` (milliseconds since the epoch) with the service's defaults, so that the command
 * and the service agree.
 */
export function judged(domain: Domain, observations: readonly Observation[], now: number): Judgement {
  return judge(domain, observations, now, notifyTable.expiringWithinMs.standard);
}
