/** The options of every command that probes from its own machine. */
import { type Command, Option } from 'commander';
import { defaultAlpn, parseAlpn } from '../core/alpn.ts';
import type { Domain } from '../core/domain.ts';
import { formatDuration, parseDuration } from '../core/duration.ts';
import { parseAddress } from '../core/ip.ts';
import { defaultKeyTypes, type KeyType, keyTypes, type Observation } from '../core/observation.ts';
import type { Parsed } from '../core/parsed.ts';
import { type Platform, platforms } from '../core/platforms.ts';
import { quote } from '../core/quote.ts';
import { othersWarning } from '../core/root-bundle.ts';
import { parseTarget, type ToAscii } from '../core/target.ts';
import type { Output } from './output.ts';
import type { ReadPinFile } from './pins-from.ts';
import { orUsageError, UsageError } from './usage.ts';

/** As parsed from the command line. */
export interface ProbingOptions {
  readonly connect?: readonly string[];
  readonly caFile?: string;
  readonly keyType?: readonly string[];
  readonly alpn?: readonly string[];
  readonly timeout?: string;
}

export const probingFlags: { readonly [option in keyof ProbingOptions]-?: string } = {
  connect: '--connect',
  caFile: '--ca-file',
  keyType: '--key-type',
  alpn: '--alpn',
  timeout: '--timeout',
};

export interface CaFile {
  readonly pem: string;
  /** How many certificates in it are not self-signed, so are not trust anchors. */
  readonly others: number;
}

export interface CheckPorts {
  /**
   * Probes all endpoints at once, each within `timeoutMs`; nothing is remembered between calls. Rejects only with the
   * signal's reason.
   */
  readonly observe: (
    domain: Domain,
    timeoutMs: number,
    signal?: AbortSignal,
  ) => Promise<readonly Observation[]>;
  /** Reads a file with at least one root, or says what is wrong with it. */
  readonly readCaFile: (path: string) => Parsed<CaFile>;
  readonly readPinFile: ReadPinFile;
  /** The text of a list of hosts, or with `-` of standard input. */
  readonly readHosts: (path: string) => Parsed<string>;
  readonly toAscii: ToAscii;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

export interface Probing {
  readonly settings: Omit<Domain, 'pins' | 'host' | 'port'>;
  readonly timeoutMs: number;
}

export interface CheckRequest {
  readonly domain: Omit<Domain, 'pins'>;
  readonly timeoutMs: number;
}

export const defaultTimeoutMs = 10_000;
export const longestTimeoutMs = 300_000;

/** For several values, the option is repeated instead of taking a list, so that HOST may follow it. */
export const again = (value: string, previous: readonly string[] | undefined) => [...(previous ?? []), value];

export function addProbingOptions(command: Command): Command {
  return command
    .option(
      '--connect <address>',
      'connect to this IP address instead of resolving the host; repeatable',
      again,
    )
    .option('--ca-file <file>', 'PEM file of roots that replace the trust store')
    .addOption(
      keyTypeOption(
        `key type to ask for; repeatable (default: ${defaultKeyTypes.join(' and ')}, as phones do)`,
      ),
    )
    .option(
      '--alpn <protocol>',
      `ALPN protocol to offer, or none; repeatable (default: ${defaultAlpn.join(' and ')})`,
      again,
    )
    .option(
      '--timeout <duration>',
      `deadline for each endpoint; all are probed at once (default: ${formatDuration(defaultTimeoutMs)})`,
    );
}

export function keyTypeOption(description: string): Option {
  return several('--key-type <type>', keyTypes, description);
}

/** `none`: no platform's rules apply. */
export function platformOption(description: string): Option {
  return several('--platform <name>', [...platforms, none], description);
}

/** One of a closed set, which the shells complete. Not checked by commander: our own error names the value. */
function several(flags: string, choices: readonly string[], description: string): Option {
  return new Option(flags, description).choices(choices).argParser(again);
}

/** Any text, repeatable. */
export function repeated(flags: string, description: string): Option {
  return new Option(flags, description).argParser(again);
}

/** What to probe; `place` is the name of the argument. Throws UsageError. */
export function readCheckRequest(
  place: string,
  target: string,
  options: ProbingOptions,
  { stderr }: Pick<Output, 'stderr'>,
  ports: CheckPorts,
): CheckRequest {
  const { settings, timeoutMs } = readProbing(options, { stderr }, ports);
  return { domain: { ...orUsageError(place, parseTarget(target, ports.toAscii)), ...settings }, timeoutMs };
}

/** How to probe, for any number of hosts. Throws UsageError. */
export function readProbing(
  options: ProbingOptions,
  { stderr }: Pick<Output, 'stderr'>,
  ports: Pick<CheckPorts, 'readCaFile'>,
): Probing {
  const ca =
    options.caFile === undefined ? undefined : orUsageError('--ca-file', ports.readCaFile(options.caFile));
  const connect = unique((options.connect ?? []).map(readAddress));
  const types = unique((options.keyType ?? []).map(readKeyType));
  const alpn = orNone('--alpn', options.alpn, (text) => orUsageError('--alpn', parseAlpn(text)));
  const timeoutMs = options.timeout === undefined ? defaultTimeoutMs : readTimeout(options.timeout);
  if (ca && ca.others > 0) stderr(`--ca-file: ${othersWarning(ca.others)}\n`);
  const settings = {
    ...(connect.length > 0 ? { connect } : {}),
    keyTypes: types.length > 0 ? types : defaultKeyTypes,
    ...(alpn === undefined ? {} : { alpn }),
    ...(ca === undefined ? {} : { ca: ca.pem }),
  };
  return { settings, timeoutMs };
}

function readTimeout(text: string): number {
  const timeoutMs = orUsageError('--timeout', parseDuration(text));
  if (timeoutMs >= 1 && timeoutMs <= longestTimeoutMs) return timeoutMs;
  throw new UsageError(`--timeout: expected 1ms to 5m, found ${quote(text)}`);
}

function readAddress(text: string): string {
  return orUsageError('--connect', parseAddress(text.replace(/^\[(.*)\]$/, '$1')));
}

function readKeyType(text: string): KeyType {
  return oneOf('--key-type', keyTypes, text);
}

/** undefined if the option was left out; empty for `none`. Throws UsageError. */
export function readPlatforms(texts: readonly string[] | undefined): readonly Platform[] | undefined {
  return orNone('--platform', texts, (text) => oneOf('--platform', platforms, text, none));
}

const none = 'none';

/** An option that is repeated for each value, or given once as `none` for an empty list. */
function orNone<T>(
  option: string,
  texts: readonly string[] | undefined,
  read: (text: string) => T,
): T[] | undefined {
  if (texts === undefined) return undefined;
  if (!texts.includes(none)) return unique(texts.map(read));
  const other = texts.find((text) => text !== none);
  if (other === undefined) return [];
  throw new UsageError(`${option}: expected ${none} alone, found it together with ${quote(other)}`);
}

function oneOf<T extends string>(option: string, choices: readonly T[], text: string, ...more: string[]): T {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  const hint = text.includes(',') ? ': repeat the option for each value' : '';
  const expected = [...choices, ...more].join(', ').replace(/, ([^,]*)$/, ' or $1');
  throw new UsageError(`${option}: expected ${expected}, found ${quote(text)}${hint}`);
}

export function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}
