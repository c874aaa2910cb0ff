import { isAbsolute, resolve } from 'node:path';
import { quote } from '../core/quote.ts';
import { besideFile, type Outside } from './outside.ts';
import { describe, type Place, type Reader } from './reader.ts';

/** Folders of the Filesystem Hierarchy Standard 3.0 that many programs share: `mail` and `redis` in one are not pinwatch's. */
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

/** Nothing that changes belongs into these, at whatever depth. */
const fixed = /^\/(?:bin|boot|dev|lib(?:32|64|x32)?|proc|sbin|sys)(?:\/|$)/;

/** The default, in the working directory: /, and so /var, for a service of systemd that names none. */
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
        ? ' in the working directory (it is left out)'
        : isAbsolute(text.text)
          ? ''
          : ' beside this file';
    const meant = text?.secret || text?.text === folder ? '' : `, which is ${quote(folder)} here`;
    reader.fail(
      place.path,
      `expected a folder of pinwatch's own, such as /var/lib/pinwatch, found ${shown}${where}${meant}: ${owner}`,
    );
  }
  return folder;
}

/** Whose the folder is if not pinwatch's; null if it may be. A relative path leads to /etc only by accident. */
function ownerOf(folder: string, isRelative: boolean): string | null {
  if (shared.has(folder)) return 'other programs keep their files there';
  if (fixed.test(folder)) return 'it belongs to the system';
  return isRelative && folder.startsWith('/etc/') ? 'what is in /etc is configuration' : null;
}
