import { type Configuration, readEntries, readHead } from '../../verify/typescript/src/configuration.ts';
import { Refusal } from '../../verify/typescript/src/refusal.ts';
import {
  JsonNumber,
  type JsonObject,
  JsonProblem,
  type JsonValue,
  parseStrictJson,
} from '../../verify/typescript/src/strict-json.ts';
import { type Parsed, parsed, refused } from './parsed.ts';
import { parsePin } from './pin.ts';
import { quote } from './quote.ts';

const claims = [
  'v',
  'aud',
  'ver',
  'iat',
  'exp',
  'refresh',
  'afterExpiry',
  'default',
  'domains',
  'roots',
  'devices',
];
const entryMembers = ['mode', 'pins', 'sub'];
const deviceMembers = ['h', 'until', 'domains'];

/** What is filled in if it is left out. Seconds since 1970. */
export interface Defaults {
  readonly audience: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/**
 * Reads a configuration that a person has written: its claims as JSON, in the form that verifiers demand. `v`, `aud` and
 * the dates may be left out, and pins may have any spelling that pinwatch knows. Apps ignore what they don't know; a person who has
 * written it has misspelt something.
 */
export function readConfigurationText(text: string, defaults: Defaults): Parsed<Configuration> {
  try {
    const written = parseStrictJson(text);
    if (!(written instanceof Map)) return refused('expected a JSON object');
    const given = withDefaults(written, defaults);
    const version = given.get('v');
    if (!(version instanceof JsonNumber) || version.text !== '1') return refused('v: expected 1');
    const problem = unknownMember(given);
    return problem === null ? parsed(readEntries(given, readHead(given))) : refused(problem);
  } catch (error) {
    if (error instanceof Refusal) return refused(error.detail);
    if (error instanceof JsonProblem) return refused(error.message);
    throw error;
  }
}

function withDefaults(written: JsonObject, { audience, issuedAt, expiresAt }: Defaults): JsonObject {
  const number = (value: number) => new JsonNumber(String(value));
  const given = new Map<string, JsonValue>([
    ['v', number(1)],
    ['aud', audience],
    ['iat', number(issuedAt)],
    ['exp', number(expiresAt)],
    ...written,
  ]);
  const domains = given.get('domains');
  if (domains instanceof Map) {
    given.set('domains', new Map([...domains].map(([host, entry]) => [host, withCanonicalPins(entry)])));
  }
  const roots = given.get('roots');
  if (roots !== undefined) given.set('roots', canonicalPins(roots));
  return given;
}

function withCanonicalPins(entry: JsonValue): JsonValue {
  const pins = entry instanceof Map ? entry.get('pins') : undefined;
  return pins === undefined ? entry : new Map([...(entry as JsonObject), ['pins', canonicalPins(pins)]]);
}

/** What is no pin stays, and is reported with its place. */
function canonicalPins(pins: JsonValue): JsonValue {
  if (!Array.isArray(pins)) return pins;
  return pins.map((pin: JsonValue) => {
    const read = typeof pin === 'string' ? parsePin(pin) : refused('');
    return read.ok ? read.value.slice('sha256/'.length) : pin;
  });
}

function unknownMember(given: JsonObject): string | null {
  const domains = given.get('domains');
  const devices = given.get('devices');
  const places: readonly [place: string, value: JsonValue, known: readonly string[]][] = [
    ['', given, claims],
    ...(domains instanceof Map ? [...domains] : []).map(
      ([host, entry]) => [`domains[${quote(host)}].`, entry, entryMembers] as const,
    ),
    ...(Array.isArray(devices) ? devices : []).map(
      (device: JsonValue, at: number) => [`devices[${at}].`, device, deviceMembers] as const,
    ),
  ].map(([place, value, known]) => [place as string, value as JsonValue, known as readonly string[]]);
  for (const [place, value, known] of places) {
    const unknown =
      value instanceof Map ? [...value.keys()].find((name) => !known.includes(name)) : undefined;
    if (unknown !== undefined) {
      return `${place}${quote(unknown)}: unknown member, expected one of ${known.join(', ')}`;
    }
  }
  return null;
}
