/** The options of every command that probes from where it runs. */
import type { Command } from 'commander';
import type { Domain } from '../core/domain.ts';
import { parseDuration } from '../core/duration.ts';
import { canonicalIp } from '../core/ip.ts';
import { defaultKeyTypes, type KeyType, keyTypes, type Observation } from '../core/observation.ts';
import type { Parsed } from '../core/parsed.ts';
import { quote } from '../core/quote.ts';
import { parseTarget, type ToAscii } from '../core/target.ts';
import type { Output } from './output.ts';
import { orUsageError, UsageError } from './usage.ts';

/** As the command line gives them. */
export interface ProbeOptions {
  readonly connect?: readonly string[];
  readonly caFile?: string;
  readonly keyType?: readonly string[];
  readonly timeout?: string;
}

export interface CaFile {
  readonly pem: string;
  /** Certificates in it that are no self-signed root, and no trust anchors. */
  readonly others: number;
}

export interface ProbePorts {
  /** Probes every endpoint once, all at a time, each within `timeoutMs`. */
  readonly observe: (domain: Domain, timeoutMs: number) => Promise<readonly Observation[]>;
  /** A file with at least one root, or what is wrong with it. */
  readonly readCaFile: (path: string) => Parsed<CaFile>;
  readonly toAscii: ToAscii;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

export interface Probe {
  readonly domain: Omit<Domain, 'pins'>;
  readonly timeoutMs: number;
}

const defaultTimeout = '10s';
const longestTimeoutMs = 300_000;

/** Several values: the option given again, not a list after it, so that HOST may follow. */
export const again = (value: string, previous: readonly string[] | undefined) => [...(previous ?? []), value];

export function addProbeOptions(command: Command): Command {
  return command
    .option(
      '--connect <address>',
      'connect to this IP address instead of resolving the host; several times',
      again,
    )
    .option('--ca-file <file>', 'PEM file of roots that replace the trust store')
    .option('--key-type <type>', 'ecdsa or rsa; several times (default: both)', again)
    .option(
      '--timeout <duration>',
      `deadline of each endpoint, all run at once (default: ${defaultTimeout})`,
    );
}

/** What to probe; `place` is what the argument is called. Throws UsageError. */
export function readProbe(
  place: string,
  target: string,
  options: ProbeOptions,
  { stderr }: Pick<Output, 'stderr'>,
  ports: ProbePorts,
): Probe {
  const ca =
    options.caFile === undefined ? undefined : orUsageError('--ca-file', ports.readCaFile(options.caFile));
  const { host, port } = orUsageError(place, parseTarget(target, ports.toAscii));
  const connect = unique((options.connect ?? []).map(readAddress));
  const types = unique((options.keyType ?? []).map(readKeyType));
  const timeoutMs = readTimeout(options.timeout ?? defaultTimeout);
  if (ca && ca.others > 0) {
    stderr(`${ca.others} certificates of --ca-file are no self-signed roots, and so no trust anchors\n`);
  }
  const domain = {
    host,
    port,
    ...(connect.length > 0 ? { connect } : {}),
    keyTypes: types.length > 0 ? types : defaultKeyTypes,
    ...(ca === undefined ? {} : { ca: ca.pem }),
  };
  return { domain, timeoutMs };
}

function readTimeout(text: string): number {
  const timeoutMs = orUsageError('--timeout', parseDuration(text));
  if (timeoutMs >= 1 && timeoutMs <= longestTimeoutMs) return timeoutMs;
  throw new UsageError(`--timeout: expected 1ms to 5m, found ${quote(text)}`);
}

function readAddress(text: string): string {
  const address = canonicalIp(text.replace(/^\[(.*)\]$/, '$1'));
  if (address === null) throw new UsageError(`--connect: expected an IP address, found ${quote(text)}`);
  return address;
}

function readKeyType(text: string): KeyType {
  const found = keyTypes.find((type) => type === text);
  if (!found) {
    const hint = text.includes(',') ? ': give the option once for each' : '';
    throw new UsageError(`--key-type: expected ${keyTypes.join(' or ')}, found ${quote(text)}${hint}`);
  }
  return found;
}

export function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}
