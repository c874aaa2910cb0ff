import { quote } from '../core/quote.ts';
import { besideFile, type Outside } from './outside.ts';
import { describe, type Place, type Reader } from './reader.ts';

export interface UrlKind {
  /** `a redis:// or rediss:// URL`. */
  readonly expected: string;
  /** As `URL.protocol` gives them, with the colon. */
  readonly schemes: readonly string[];
  /** What may follow the host, and the message for anything else. Left out: nothing but a slash. */
  readonly path?: { readonly pattern: RegExp; readonly problem: string };
  /** A password without a user is not used. */
  readonly needsUser?: boolean;
}

/** A URL that may hold a password, from the configuration or from a separate file. No problem shows its value. */
export function readSecretUrl(
  reader: Reader,
  places: { readonly url: Place; readonly file: Place },
  kind: UrlKind,
  outside: Outside,
): string | undefined {
  const { url, file } = places;
  if (url.raw !== undefined && file.raw !== undefined) {
    return reader.fail(file.path, `${url.path} is given as well: keep one of the two`);
  }
  if (file.raw !== undefined) {
    const text = readSecretFile(reader, file, outside);
    return text === undefined ? undefined : checkUrl(reader, file.path, text, kind);
  }
  if (url.raw === undefined) return undefined;
  // A password of only digits is a number in YAML: values of other types are not shown either.
  if (typeof url.raw !== 'string') return reader.fail(url.path, `expected ${kind.expected} as a string`);
  const text = reader.text(url, kind.expected);
  return text === undefined ? undefined : checkUrl(reader, url.path, text.text, kind);
}

export function checkUrl(reader: Reader, path: string, text: string, kind: UrlKind): string | undefined {
  const problem = urlProblem(text, kind);
  if (problem === null) return text;
  return reader.fail(path, `expected ${kind.expected}: ${problem} (not shown, it may hold a password)`);
}

const encode = 'characters such as @ : / ? # % in a user name or password must be percent-encoded';
const noPath = { pattern: /^\/?$/, problem: 'the value has a path, which is not used' };

function urlProblem(text: string, { schemes, path = noPath, needsUser = false }: UrlKind): string | null {
  if (text === '') return 'the value is empty';
  // URL would silently drop tabs and newlines.
  if (/\s|\p{Cc}/u.test(text)) return 'the value contains white space';
  if (!URL.canParse(text)) return `the value is not a URL; ${encode}`;
  const url = new URL(text);
  if (!schemes.includes(url.protocol)) return 'the value has another scheme';
  // Usually the rest of a password: its / ? or # ended the host early, and the user name was taken for the host.
  if (/[?#]/.test(text)) return `the value has a query or fragment, which is not used; ${encode}`;
  if (!canDecode(url)) return encode;
  if (url.protocol === 'unix:') return socketProblem(url);
  if (url.hostname === '') return 'the value names no host';
  // URL percent-encodes non-ASCII characters in a host of these schemes, and no resolver knows the result.
  if (url.hostname.includes('%')) return `the host in the value is not a host name; ${encode}`;
  if (url.port === '0') return 'the value has port 0';
  if (needsUser && url.username === '' && url.password !== '') return 'the value has a password and no user';
  return path.pattern.test(url.pathname) ? null : `${path.problem}; ${encode}`;
}

function canDecode({ username, password, pathname }: URL): boolean {
  try {
    for (const part of [username, password, pathname]) decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

/** Of unix:///run/redis.sock only the path is used. */
function socketProblem({ username, password, host, pathname }: URL): string | null {
  if (pathname === '' || pathname === '/') return 'the value names no path';
  const isAbsolute = pathname.startsWith('/') && username === '' && password === '' && host === '';
  return isAbsolute ? null : 'the value is not of the form unix:///run/redis.sock, with an absolute path';
}

/** A file's text without surrounding white space. */
export function readSecretFile(reader: Reader, place: Place, outside: Outside): string | undefined {
  if (typeof place.raw === 'string' && place.raw.includes('://')) {
    return reader.fail(
      place.path,
      'expected the path of a file, found a URL (not shown, it may hold a password)',
    );
  }
  const read = readNamedFile(reader, place, outside);
  if (read === undefined) return undefined;
  return new TextDecoder().decode(read).trim();
}

/** The bytes of the file that a key names. */
export function readNamedFile(reader: Reader, place: Place, outside: Outside): Uint8Array | undefined {
  const expected = 'the path of a file';
  const path = reader.text(place, expected);
  if (path === undefined) return undefined;
  if (path.text === '') return reader.expected(place, expected);
  const absolute = besideFile(path.text, outside);
  const read = outside.readFile(absolute);
  if (read.ok) return read.value;
  const shown = path.secret ? describe(place.raw) : quote(absolute);
  return reader.fail(place.path, `cannot read ${shown}: ${read.problem}`);
}
