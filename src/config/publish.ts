import { mostRoots } from '../core/managed-roots.ts';
import { parsePin, pinExpected } from '../core/pin.ts';
import { quote } from '../core/quote.ts';
import type { PublishSettings } from './config.ts';
import { keys } from './keys.ts';
import { besideFile, type Outside } from './outside.ts';
import { parsePublicUrl } from './public-url.ts';
import { describe, type Place, type Reader } from './reader.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const mostWords = 100;
const mostUrls = 20;

const commandExpected = 'a list of words, such as [/usr/local/bin/purge, --all]';
const urlExpected = 'a URL under which apps find /c/CHANNEL, such as https://pins.example.com';

export function readPublish(reader: Reader, place: Place, outside: Outside): PublishSettings {
  const publish = reader.section(place, keys.publish);
  const settings = {
    keyDir: readFolder(reader, publish.keyDir, outside),
    signer: readCommand(reader, publish.signer),
    directory: readFolder(reader, publish.directory, outside),
    afterWrite: readCommand(reader, publish.afterWrite),
    urls: reader.distinct(reader.list(publish.urls, 'URLs', mostUrls), (entry) =>
      reader.parse(entry, urlExpected, (text) => parsePublicUrl(text, urlExpected)),
    ),
    roots: reader.distinct(reader.list(publish.roots, 'pins', mostRoots), (entry) =>
      reader.parse(entry, pinExpected, parsePin),
    ),
    renewEveryMs: reader.duration(publish.renewEvery, [minute, 365 * day], day),
    watchEveryMs: reader.duration(publish.watchEvery, [1_000, hour], minute),
    validForMs: reader.duration(publish.validFor, [5 * minute, 3_650 * day], 14 * day),
    fieldForMs: reader.duration(publish.fieldFor, [0, 3_650 * day], 30 * day),
  };
  if (settings.keyDir !== null && settings.signer !== null) {
    reader.fail(publish.signer.path, 'publish.keyDir is given as well: keep one of the two');
  }
  if (settings.renewEveryMs * 2 > settings.validForMs) {
    const given = publish.renewEvery.raw === undefined ? publish.validFor : publish.renewEvery;
    reader.fail(
      given.path,
      `expected a validFor of at least twice renewEvery, so that a renewal can fail once, found ${describe(given.raw)}`,
    );
  }
  return settings;
}

function readFolder(reader: Reader, place: Place, outside: Outside): string | null {
  const expected = 'the path of a folder';
  const text = reader.text(place, expected)?.text;
  if (text === '') reader.expected(place, expected);
  return text === undefined ? null : besideFile(text, outside);
}

/** Run without a shell, so that nothing in a word is special. */
function readCommand(reader: Reader, place: Place): string[] | null {
  if (place.raw === undefined) return null;
  if (typeof place.raw === 'string') {
    reader.fail(place.path, `expected ${commandExpected}, found ${quote(place.raw)}: no shell splits it`);
    return null;
  }
  const words = reader
    .list(place, 'words', mostWords)
    .flatMap((word) => reader.text(word, 'a word')?.text ?? []);
  if (Array.isArray(place.raw) && (words[0] ?? '') === '') {
    reader.fail(place.path, `expected ${commandExpected}, found no program`);
    return null;
  }
  return words;
}
