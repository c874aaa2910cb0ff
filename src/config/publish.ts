import type { PublishSettings } from './config.ts';
import { keys } from './keys.ts';
import { besideFile, type Outside } from './outside.ts';
import { describe, type Place, type Reader } from './reader.ts';

const mostWords = 32;

/** Where the signing keys are: in a folder, or behind a command. */
export function readPublish(reader: Reader, place: Place, outside: Outside): PublishSettings {
  const { keyDir, signer } = reader.section(place, keys.publish);
  const expected = 'the path of a folder';
  const folder = reader.text(keyDir, expected);
  if (folder?.text === '') reader.expected(keyDir, expected);
  const words = reader.list(signer, 'words: a program and its arguments', mostWords);
  const command = words.map(
    (word) => reader.text(word, 'a word')?.text ?? reader.expected(word, 'a word') ?? '',
  );
  if (signer.raw !== undefined && Array.isArray(signer.raw) && (command[0] ?? '') === '') {
    reader.fail(signer.path, `expected a program and its arguments, found ${describe(signer.raw)}`);
  }
  if (keyDir.raw !== undefined && signer.raw !== undefined) {
    reader.fail(place.path, 'expected keyDir or signer, found both');
  }
  return {
    keyDir: folder === undefined ? null : besideFile(folder.text, outside),
    signer: command.length === 0 ? null : command,
  };
}
