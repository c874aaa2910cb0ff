import type { Parsed } from '../core/parsed.ts';
import type { Outside } from './outside.ts';
import type { Place, Reader } from './reader.ts';
import { readSecretFile } from './secret-url.ts';

export interface SecretPlaces {
  readonly given: Place;
  readonly file: Place;
}

export function isLeftOut({ given, file }: SecretPlaces): boolean {
  return given.raw === undefined && file.raw === undefined;
}

/** A secret from the configuration or from a separate file. No problem shows its value. */
export function readSecret(
  reader: Reader,
  { given, file }: SecretPlaces,
  expected: string,
  parse: (text: string) => Parsed<string>,
  outside: Outside,
): string | undefined {
  if (given.raw !== undefined && file.raw !== undefined) {
    return reader.fail(file.path, `${given.path} is given as well: keep one of the two`);
  }
  if (given.raw === undefined && file.raw === undefined) return reader.expected(given, expected);
  const isFile = file.raw !== undefined;
  const place = isFile ? file : given;
  // A key of only digits is a number in YAML: values of other types are not shown either.
  if (typeof place.raw !== 'string') return reader.fail(place.path, `expected ${expected} as a string`);
  const text = isFile ? readSecretFile(reader, file, outside) : reader.text(given, expected)?.text;
  if (text === undefined) return undefined;
  const read = parse(text);
  return read.ok ? read.value : reader.fail(place.path, read.problem);
}
