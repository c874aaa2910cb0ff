import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { type Parsed, parsed, refused } from '../core/parsed.ts';
import { parseDocumentText } from './document.ts';
import type { Surroundings } from './load.ts';
import { formatProblem } from './problem.ts';
import { readReason } from './read-reason.ts';
import { isMap, kind, Reader } from './reader.ts';

/** The URL of the API, and the token for it. */
export interface ApiAccess {
  /** Without a trailing slash. */
  readonly url: string;
  readonly token: string | null;
  /** Where each came from, for an error that says what to change. */
  readonly urlFrom: string;
  readonly tokenFrom: string | null;
}

export const defaultUrl = 'http://127.0.0.1:9464';
const mostBytes = 64 * 1024;

/** `PINWATCH_URL` and `PINWATCH_TOKEN` take precedence over the profile file, and that over the default. */
export function readAccess(around: Surroundings): Parsed<ApiAccess> {
  // A profile that is not needed may be invalid.
  const isWhole = around.url !== undefined && around.token !== undefined;
  const read = isWhole ? parsed(none) : readProfile(around);
  if (!read.ok) return read;
  const profile = read.value;
  const url = checkUrl(around.url ?? profile.url ?? defaultUrl);
  const urlFrom = around.url ? 'PINWATCH_URL' : profile.url ? around.profile : 'the default';
  if (url === null)
    return refused(
      `${urlFrom}: expected the URL of the API, such as ${defaultUrl}, without user, password, query and fragment`,
    );
  if (around.token !== undefined) {
    return withToken({ url, token: around.token, urlFrom, tokenFrom: 'PINWATCH_TOKEN' });
  }
  // A token is for the URL that its profile names: it must not be sent to another one.
  const isElsewhere = around.url !== undefined && checkUrl(profile.url ?? defaultUrl) !== url;
  const token = isElsewhere ? null : (profile.token ?? null);
  return withToken({ url, token, urlFrom, tokenFrom: token === null ? null : around.profile });
}

function withToken(access: ApiAccess): Parsed<ApiAccess> {
  if (access.token === null || /^[\x21-\x7e]+$/.test(access.token)) return parsed(access);
  return refused(
    `${access.tokenFrom}: expected a token of printable ASCII characters without spaces (not shown, it is a secret)`,
  );
}

/** The text of a profile. */
export function profileText(url: string, token: string): string {
  return `url: ${JSON.stringify(url)}\ntoken: ${JSON.stringify(token)}\n`;
}

interface Profile {
  readonly url?: string;
  readonly token?: string;
}

const none: Profile = {};

/** Reads the profile, which holds a token, so only its owner may be able to read it. */
function readProfile({ profile: path, isProfileNamed }: Surroundings): Parsed<Profile> {
  let text: string;
  let descriptor: number | null = null;
  try {
    descriptor = openSync(path, 'r');
    // Of the opened file, not of what the path names a moment later.
    const { mode, size } = fstatSync(descriptor);
    // Windows has no such modes.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      const found = (mode & 0o777).toString(8).padStart(4, '0');
      return refused(
        `${path}: expected mode 0600, found ${found}: others could read the token. chmod 600 ${path}`,
      );
    }
    if (size > mostBytes) return refused(`${path}: expected at most ${mostBytes} bytes, found ${size}`);
    text = readFileSync(descriptor, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !isProfileNamed) return parsed(none);
    return refused(`${path}: cannot be read: ${readReason(error)}`);
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
  const document = parseDocumentText(text);
  if (!document.ok) return refused(`${path}: ${document.problems.map(formatProblem).join('; ')}`);
  return readKeys(path, document.document);
}

function readKeys(path: string, document: unknown): Parsed<Profile> {
  const reader = new Reader({});
  const { url, token } = reader.section({ path: '', raw: document }, ['url', 'token']);
  for (const place of [url, token]) {
    // Never show the value: a token may be on the wrong line.
    if (place.raw !== undefined && typeof place.raw !== 'string') {
      reader.fail(place.path, `expected text, found ${kind(place.raw)}`);
    }
  }
  const [first] = reader.problems;
  if (first) return refused(`${path}: ${formatProblem(first)}`);
  if (!isMap(document)) return parsed(none);
  return parsed({
    ...(typeof url.raw === 'string' ? { url: url.raw } : {}),
    ...(typeof token.raw === 'string' ? { token: token.raw } : {}),
  });
}

/** Without a trailing slash: the API is at `/v1` below it, perhaps under a prefix that a proxy adds. null: it can't be one. */
export function checkUrl(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { protocol, username, password, search, hash, origin, pathname } = new URL(text);
  if (!['http:', 'https:'].includes(protocol)) return null;
  if (username !== '' || password !== '' || search !== '' || hash !== '') return null;
  // The rest of a password with a slash in it: the user name was taken for the host.
  if (pathname.includes('@')) return null;
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}
