import { isAbsolute, resolve } from 'node:path';
import { quote } from '../core/quote.ts';
import { besideFile, type Outside } from './outside.ts';
import { describe, type Place, type Reader } from './reader.ts';

/** Shared folders of the Filesystem Hierarchy Standard 3.0: a `mail` or `redis` in one is not pinwatch's. */
const shared = new Set([
  ...['/', '/etc', '/home', '/opt', '/run', '/tmp', '/usr', '/var'],
  ...['bin', 'include', 'lib', 'libexec', 'local', 'sbin', 'share', 'src'].map((name) => `/usr/${name}`),
  ...[
    'backups',
    'cache',
    'crash',
    'lib',
    'local',
    'lock',
    'log',
    'mail',
    'opt',
    'run',
    'spool',
    'tmp',
    'www',
  ].map((name) => `/var/${name}`),
  '/var/spool/mail',
]);

/** Nothing that changes belongs in these, at any depth. */
const fixed = /^\/(?:bin|boot|dev|lib(?:32|64|x32)?|proc|sbin|sys)(?:\/|$)/;

/** The default, in the working directory. A systemd service that names none runs in /, which makes this /var. */
const defaultName = 'var';

export function readStateDir(reader: Reader, place: Place, outside: Outside): string {
  const expected = 'the path of a folder';
  const text = reader.text(place, expected);
  if (text?.text === '') reader.expected(place, expected);
  const folder =
    text === undefined ? resolve(outside.workingDirectory, defaultName) : besideFile(text.text, outside);
  const owner = ownerOf(folder, text === undefined || !isAbsolute(text.text));
  if (owner !== null && text?.text !== '') {
    const shown = text === undefined ? quote(defaultName) : describe(place.raw);
    const where =
      text === undefined
        ? ' in the working directory (the default)'
        : isAbsolute(text.text)
          ? ''
          : ' beside this file';
    const meant = text?.secret || text?.text === folder ? '' : `, which is ${quote(folder)} here`;
    reader.fail(
      place.path,
      `expected a folder for pinwatch alone, such as /var/lib/pinwatch, found ${shown}${where}${meant}: ${owner}`,
    );
  }
  return folder;
}

/** Why the folder can't be pinwatch's; null if it can. A relative path leads to /etc only by accident. */
function ownerOf(folder: string, isRelative: boolean): string | null {
  if (shared.has(folder)) return 'other programs keep their files there';
  if (fixed.test(folder)) return 'it belongs to the system';
  return isRelative && folder.startsWith('/etc/') ? '/etc is for configuration' : null;
}
