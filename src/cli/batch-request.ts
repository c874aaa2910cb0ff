import { mostNames } from '../config/probing.ts';
import { type ConfigProblem, formatProblem } from '../config/problem.ts';
import { isMap, kind, type Place, Reader } from '../config/reader.ts';
import { alpnExpected, mostAlpn, parseAlpn } from '../core/alpn.ts';
import { type Domain, mostAddresses } from '../core/domain.ts';
import { addressExpected, parseAddress } from '../core/ip.ts';
import { defaultKeyTypes, keyTypes } from '../core/observation.ts';
import { okhttpExpected, parseOkHttpVersion } from '../core/okhttp-version.ts';
import { type Parsed, parsed, refused } from '../core/parsed.ts';
import { mostPins, parsePin, pinExpected } from '../core/pin.ts';
import { parsePinFormat, pinFormats } from '../core/pin-format.ts';
import { platforms } from '../core/platforms.ts';
import { quote } from '../core/quote.ts';
import { parseTarget } from '../core/target.ts';
import type { PinsFrom } from './pins-from.ts';
import {
  type CaFile,
  type CheckPorts,
  defaultTimeoutMs,
  longestTimeoutMs,
  unique,
} from './probing-options.ts';

/** The request on one line. */
export interface BatchRequest {
  readonly domain: Domain;
  readonly timeoutMs: number;
  /** The file of an app that pins are read from, too. */
  readonly pinsFrom?: PinsFrom;
  /** How many certificates in its CA file are not self-signed, so are not trust anchors. */
  readonly strays: number;
}

const members = [
  ...(['target', 'pins', 'connect', 'caFile', 'keyTypes', 'alpn', 'timeout', 'platforms'] as const),
  ...(['pinsFrom', 'format', 'okhttp'] as const),
] as const;

/** An answer should not be many times as long as its request. */
const mostProblems = 8;

const targetExpected = 'a host such as api.example.com';

/** Reads a request of `check --batch` and its CA file. The problem names every member that is wrong. */
export function readBatchRequest(
  line: string,
  { readCaFile, toAscii }: Pick<CheckPorts, 'readCaFile' | 'toAscii'>,
): Parsed<BatchRequest> {
  const json = parseJson(line);
  if (!json.ok) return json;
  if (!isMap(json.value)) return refused(`expected a JSON object, found ${kind(json.value)}`);
  // Without an environment: a request is data, so ${NAME} in it is not replaced.
  const reader = new Reader(null);
  const { target, pins, connect, caFile, timeout, ...rest } = reader.section(
    { path: '', raw: json.value },
    members,
  );
  if (target.raw === undefined) reader.expected(target, targetExpected);
  const named = reader.parse(target, targetExpected, (text) => parseTarget(text, toAscii));
  const pinned = each(reader, pins, 'pins', mostPins, (place) => reader.parse(place, pinExpected, parsePin));
  const addresses = each(reader, connect, 'IP addresses', mostAddresses, (place) =>
    reader.parse(place, addressExpected, parseAddress),
  );
  const types = each(reader, rest.keyTypes, 'key types', mostNames, (place) =>
    reader.choice(place, keyTypes),
  );
  if (Array.isArray(rest.keyTypes.raw) && rest.keyTypes.raw.length === 0)
    reader.fail(rest.keyTypes.path, `expected at least one of ${keyTypes.join(', ')}`);
  const counted = each(reader, rest.platforms, 'platforms', mostNames, (place) =>
    reader.choice(place, platforms),
  );
  const alpn = each(reader, rest.alpn, 'ALPN protocols', mostAlpn, (place) =>
    reader.parse(place, alpnExpected, parseAlpn),
  );
  const pinsFrom = readPinsFrom(reader, rest);
  const timeoutMs = reader.duration(timeout, [1, longestTimeoutMs], defaultTimeoutMs);
  // A file: read last, and only if the request is otherwise valid.
  const ca = reader.problems.length === 0 ? readCa(reader, caFile, readCaFile) : undefined;
  if (named === undefined || reader.problems.length > 0) return refused(listed(reader.problems));
  const domain: Domain = {
    ...named,
    pins: pinned ?? [],
    ...(addresses && addresses.length > 0 ? { connect: addresses } : {}),
    keyTypes: types ?? defaultKeyTypes,
    ...(alpn === undefined ? {} : { alpn }),
    ...(counted === undefined ? {} : { platforms: counted }),
    ...(ca === undefined ? {} : { ca: ca.pem }),
  };
  return parsed({
    ...{ domain, timeoutMs, strays: ca?.others ?? 0 },
    ...(pinsFrom === undefined ? {} : { pinsFrom }),
  });
}

function readPinsFrom(
  reader: Reader,
  { pinsFrom, format, okhttp }: Readonly<Record<'pinsFrom' | 'format' | 'okhttp', Place>>,
): PinsFrom | undefined {
  if (pinsFrom.raw === undefined) {
    for (const { raw, path } of [format, okhttp])
      if (raw !== undefined) reader.fail(path, 'expected pinsFrom with it, found none');
    return undefined;
  }
  const path = reader.parse(pinsFrom, 'the path of a file', (text) => parsed(text));
  const named = reader.parse(format, `one of ${pinFormats.join(', ')}`, parsePinFormat);
  const version = reader.parse(okhttp, okhttpExpected, parseOkHttpVersion);
  if (path === undefined) return undefined;
  return {
    path,
    ...(named === undefined ? {} : { format: named }),
    ...(version === undefined ? {} : { okhttp: version }),
  };
}

function listed(problems: readonly ConfigProblem[]): string {
  const shown = problems.slice(0, mostProblems).map(formatProblem);
  const hidden = problems.length - shown.length;
  return [...shown, ...(hidden > 0 ? [`and ${hidden} more`] : [])].join('; ');
}

function parseJson(line: string): Parsed<unknown> {
  try {
    return parsed(JSON.parse(line) as unknown);
  } catch {
    return refused(`expected a JSON object on one line, found ${quote(line.trim())}`);
  }
}

/** The valid entries without duplicates; undefined if the list was left out. */
function each<T>(
  reader: Reader,
  place: Place,
  expected: string,
  most: number,
  read: (place: Place) => T | undefined,
): T[] | undefined {
  if (place.raw === undefined) return undefined;
  const values = reader.list(place, expected, most).map(read);
  return unique(values.filter((value) => value !== undefined));
}

function readCa(
  reader: Reader,
  place: Place,
  readCaFile: (path: string) => Parsed<CaFile>,
): CaFile | undefined {
  return reader.parse(place, 'the path of a file', readCaFile);
}
