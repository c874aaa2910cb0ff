/** Reads what apps ship from the files that an account names under `pinSets`. */
import {
  type ImportedSet,
  type ProvisionedImport,
  parsePinSetName,
  pinSetNameExpected,
} from '../core/imported-set.ts';
import type { Parsed } from '../core/parsed.ts';
import { parsePinFormat, pinFormats } from '../core/pin-format.ts';
import { mostPinSets } from '../core/pin-set.ts';
import { parseTarget } from '../core/target.ts';
import { importText } from '../flow/admin/import-text.ts';
import type { ReadPins } from '../flow/pin-formats.ts';
import type { Environment } from './expand.ts';
import { keys } from './keys.ts';
import type { Outside } from './outside.ts';
import type { ConfigProblem } from './problem.ts';
import { describe, isMap, type Place, Reader } from './reader.ts';
import { readNamedFile } from './secret-url.ts';

/** The entry of one import, and where its sets belong. */
export interface PinSetFile {
  readonly account: string;
  readonly place: Place;
  readonly imports: ProvisionedImport[];
  /** Of the file that names it. */
  readonly outside: Outside;
}

/** What reads the texts. Their libraries are loaded only if an account has any. */
export interface PinTexts {
  /** The text of a file in UTF-8. */
  readonly decode: (file: Uint8Array) => Parsed<string>;
  readonly read: ReadPins;
}
export type LoadPinTexts = () => Promise<PinTexts>;

/** The entries under `pinSets` of an account. */
export function pinSetPlaces(reader: Reader, place: Place): Place[] {
  return reader.list(place, 'pin sets', mostPinSets);
}

/** Adds the sets of the files to their accounts. */
export async function readPinSetFiles(
  files: readonly PinSetFile[],
  environment: Environment,
  load: LoadPinTexts | undefined,
  now: number,
): Promise<{ readonly problems: readonly ConfigProblem[]; readonly warnings: readonly ConfigProblem[] }> {
  const reader = new Reader(environment);
  const [first] = files;
  if (first !== undefined && load === undefined)
    reader.fail(first.place.path, 'pin sets cannot be read here');
  const texts = first === undefined ? undefined : await load?.();
  if (texts !== undefined) for (const file of files) readPinSetFile(reader, file, texts, now);
  return { problems: reader.problems, warnings: reader.warnings };
}

function readPinSetFile(
  reader: Reader,
  { place, imports, outside }: PinSetFile,
  texts: PinTexts,
  now: number,
): undefined {
  if (!isMap(place.raw)) return reader.expected(place, `a map with the keys ${keys.pinSet.join(', ')}`);
  const places = reader.section(place, keys.pinSet);
  const of = reader.parse(places.name, pinSetNameExpected, parsePinSetName);
  if (places.name.raw === undefined) reader.expected(places.name, pinSetNameExpected);
  if (places.file.raw === undefined) reader.expected(places.file, 'the path of a file');
  const format = reader.parse(places.format, `one of ${pinFormats.join(', ')}`, parsePinFormat);
  const appVersion = reader.text(places.appVersion, appVersionExpected)?.text;
  const note = reader.text(places.note, 'a text')?.text ?? '';
  const okhttp = reader.text(places.okhttp, 'a version in quotes such as "4.12"')?.text;
  const host = reader.parse(places.host, hostExpected, (text) => {
    const target = parseTarget(text, outside.toAscii);
    return target.ok ? { ok: true, value: target.value.host } : target;
  });
  const receivedAt = reader.parse(places.receivedAt, dateExpected, (text) => {
    const at = Date.parse(text);
    return Number.isNaN(at) ? { ok: false, problem: `expected ${dateExpected}` } : { ok: true, value: at };
  });
  const publicKey = reader.text(places.publicKey, 'a public key as text')?.text;
  const bytes = readNamedFile(reader, places.file, outside);
  if (bytes === undefined || of === undefined) return;
  const shown = describe(places.file.raw);
  const text = texts.decode(bytes);
  if (!text.ok) return reader.fail(places.file.path, `${shown}: ${text.problem}`);
  const options = {
    ...(host === undefined ? {} : { host }),
    ...(okhttp === undefined ? {} : { okhttp }),
    ...(receivedAt === undefined ? {} : { receivedAt }),
    ...(publicKey === undefined ? {} : { publicKey }),
  };
  const request = {
    ...{ of, text: text.value, note, options },
    ...(format === undefined ? {} : { format }),
    ...(appVersion === undefined ? {} : { appVersion }),
  };
  const importer = { by: outside.file, at: now, provisionedBy: outside.file };
  const sets = importText(request, importer, texts.read);
  if (!sets.ok) return reader.fail(places.file.path, `${shown}: ${sets.problem}`);
  for (const { line, column, message } of sets.value[0]?.warnings ?? [])
    reader.warn(places.file.path, `${shown}: line ${line}, column ${column}: ${message}`);
  const taken = sets.value.find(({ name }) => namesOf(imports).includes(name));
  if (taken !== undefined)
    return reader.fail(places.name.path, `a pin set ${describe(taken.name)} is already listed`);
  imports.push({ of, text: text.value, sets: sets.value });
}

function namesOf(imports: readonly ProvisionedImport[]): string[] {
  return imports.flatMap(({ of, sets }) => [of, ...sets.map(({ name }: ImportedSet) => name)]);
}

const appVersionExpected = 'an app and its version such as android 5.2';
const hostExpected = 'a host such as api.example.com';
const dateExpected = 'a date and time in quotes such as "2026-11-27T08:00:00Z"';
