import type { Check } from '../core/check.ts';
import type { Domain } from '../core/domain.ts';
import { parseDuration } from '../core/duration.ts';
import { canonicalIp } from '../core/ip.ts';
import { type KeyType, keyTypes, type Observation } from '../core/observation.ts';
import type { Parsed } from '../core/parsed.ts';
import { type Pin, parsePin } from '../core/pin.ts';
import { quote } from '../core/quote.ts';
import { parseTarget, type ToAscii } from '../core/target.ts';
import { trustFindings } from '../core/trust.ts';
import { judge } from '../core/verdict.ts';
import { checkTable } from './check-table.ts';
import type { Output } from './output.ts';
import { exitStatus, UsageError } from './usage.ts';

/** As the command line gives them. */
export interface CheckOptions {
  readonly pin?: readonly string[];
  readonly connect?: readonly string[];
  readonly caFile?: string;
  readonly keyType?: readonly string[];
  readonly timeout: string;
  readonly json?: boolean;
}

export interface CaFile {
  readonly pem: string;
  /** Certificates in it that are no self-signed root, and no trust anchors. */
  readonly others: number;
}

export interface CheckPorts {
  /** Probes every endpoint once, all at a time, each within `timeoutMs`. */
  readonly observe: (domain: Domain, timeoutMs: number) => Promise<readonly Observation[]>;
  /** A file with at least one root, or what is wrong with it. */
  readonly readCaFile: (path: string) => Parsed<CaFile>;
  readonly toAscii: ToAscii;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** As the service's default, so that both say the same of a certificate. */
const expiringWithinMs = 14 * 86_400_000;
const longestTimeoutMs = 300_000;

/** `pinwatch check`: one look at one host, judged against the given pins. Gives the exit status. */
export async function check(
  target: string,
  options: CheckOptions,
  output: Output,
  ports: CheckPorts,
): Promise<number> {
  const ca = options.caFile === undefined ? undefined : value('--ca-file', ports.readCaFile(options.caFile));
  const domain = readDomain(target, options, ca, ports);
  const timeoutMs = value('--timeout', parseDuration(options.timeout));
  if (timeoutMs < 1 || timeoutMs > longestTimeoutMs) {
    throw new UsageError(`--timeout: expected 1ms to 5m, found ${quote(options.timeout)}`);
  }
  if (ca && ca.others > 0) {
    output.stderr(
      `${ca.others} certificates of --ca-file are no self-signed roots, and so no trust anchors\n`,
    );
  }
  const observations = await ports.observe(domain, timeoutMs);
  const now = ports.clock();
  const { check: result } = judge(domain, observations, now, expiringWithinMs);
  output.stdout(
    options.json ? `${JSON.stringify(result, null, 2)}\n` : checkTable(result, now, output.colour),
  );
  return statusOf(result);
}

/** 0: apps can connect, 1: apps would fail, 2: could not be determined. */
export function statusOf({ verdict, findings, endpoints }: Check): number {
  const untrusted = findings.some(({ code }) => (trustFindings as readonly string[]).includes(code));
  if (verdict === 'mismatch' || untrusted) return exitStatus.appsFail;
  return endpoints.some(({ failure }) => failure === null) ? exitStatus.ok : exitStatus.undetermined;
}

function readDomain(
  target: string,
  options: CheckOptions,
  ca: CaFile | undefined,
  { toAscii }: CheckPorts,
): Domain {
  const { host, port } = value('HOST', parseTarget(target, toAscii));
  const pins = unique((options.pin ?? []).map((text): Pin => value('--pin', parsePin(text))));
  const connect = unique((options.connect ?? []).map(readAddress));
  const types = unique((options.keyType ?? []).map(readKeyType));
  return {
    host,
    port,
    pins,
    ...(connect.length > 0 ? { connect } : {}),
    keyTypes: types.length > 0 ? types : keyTypes,
    ...(ca === undefined ? {} : { ca: ca.pem }),
  };
}

function readAddress(text: string): string {
  const address = canonicalIp(text.replace(/^\[(.*)\]$/, '$1'));
  if (address === null) throw new UsageError(`--connect: expected an IP address, found ${quote(text)}`);
  return address;
}

function readKeyType(text: string): KeyType {
  const found = keyTypes.find((type) => type === text);
  if (!found) {
    const again = text.includes(',') ? ': give the option once for each' : '';
    throw new UsageError(`--key-type: expected ${keyTypes.join(' or ')}, found ${quote(text)}${again}`);
  }
  return found;
}

function value<T>(place: string, result: Parsed<T>): T {
  if (!result.ok) throw new UsageError(`${place}: ${result.problem}`);
  return result.value;
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}
