import { domainName, type Target } from './domain.ts';
import { canonicalIp } from './ip.ts';
import { type Parsed, parsed, refused } from './parsed.ts';
import { quote } from './quote.ts';

/** The A-labels of an internationalized name (UTS #46), '' if it is invalid: `domainToASCII` of `node:url`. */
export type ToAscii = (name: string) => string;

/** A name of 253 ASCII characters comes from fewer than this many characters of any script. */
const longestText = 1_000;
/** Servers refuse longer ones. */
const longestUrl = 8_000;

/**
 * Reads `host`, `host:port`, an IPv4 address, `[IPv6]:port` or a bare IPv6 address. Names come back in lower case, as
 * A-labels and without a trailing dot; addresses in their canonical spelling, IPv6 without brackets.
 */
export function parseTarget(text: string, toAscii: ToAscii, defaultPort = 443): Parsed<Target> {
  const trimmed = text.trim();
  if (trimmed === '') return refused('expected a host such as api.example.com, found ""');
  if (trimmed.length > longestText) return refused(`${quote(trimmed)} is not a host: it is too long`);
  if (/[/?#@\\]/.test(trimmed)) {
    const meant = parseTarget(hostOfUrl(trimmed), toAscii, defaultPort);
    const hint = meant.ok ? `: did you mean ${domainName(meant.value)}?` : '';
    return refused(`${quote(trimmed)} is not a host${hint}`);
  }

  const address = canonicalIp(trimmed);
  if (address !== null) return parsed({ host: address, port: defaultPort });
  const bracketed = /^\[([^[\]]*)\](?::(.*))?$/s.exec(trimmed);
  const named = /^([^:[\]]*)(?::([^:]*))?$/s.exec(trimmed);
  const [, host, portText] = bracketed ?? named ?? [];
  if (host === undefined) {
    return refused(
      `${quote(trimmed)} is not a host: expected name:port, an IPv6 address, or an IPv6 address and port as in [2001:db8::1]:443`,
    );
  }
  const port = portText === undefined ? defaultPort : parsePort(portText);
  if (port === null) {
    return refused(`${quote(trimmed)}: expected a port from 1 to 65535, found ${quote(portText ?? '')}`);
  }
  const parsedHost = bracketed === null ? parseHost(host, toAscii) : parseBracketed(host);
  return parsedHost.ok
    ? parsed({ host: parsedHost.value, port })
    : refused(`${quote(trimmed)} is not a host: ${parsedHost.problem}`);
}

/** A port from 1 to 65535 in plain decimal digits, null for anything else. */
function parsePort(text: string): number | null {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : null;
}

function parseBracketed(text: string): Parsed<string> {
  const address = canonicalIp(text);
  return address?.includes(':')
    ? parsed(address)
    : refused('expected an IPv6 address without a zone in the brackets');
}

/** A host name or IP address without port and brackets. */
export function parseHost(text: string, toAscii: ToAscii): Parsed<string> {
  const address = canonicalIp(text);
  return address === null ? parseHostName(text, toAscii) : parsed(address);
}

/** A host name, in lower case, as A-labels, without a trailing dot. */
export function parseHostName(text: string, toAscii: ToAscii): Parsed<string> {
  // Of ASCII, only letters, digits and . _ - may reach toAscii: it would decode %xx and drop what follows a slash.
  if (text.includes('*')) return refused('a wildcard has no address to probe: name each host');
  if (/[^\x80-\u{10ffff}A-Za-z0-9._-]/u.test(text))
    return refused('expected letters, digits, hyphens and dots');
  const international = /[^A-Za-z0-9._-]/.test(text);
  const ascii = international ? toAscii(text) : text;
  if (ascii === '')
    return refused(international ? 'not a valid internationalized domain name' : 'the name is missing');
  const name = ascii.toLowerCase().replace(/\.$/, '');
  const problem = nameProblem(name);
  return problem === null ? parsed(name) : refused(problem);
}

/** RFC 1035, section 2.3.4 and RFC 1123, section 2.1; underscores are accepted, because hosts with them are in use. */
function nameProblem(name: string): string | null {
  if (name.length > 253) return `a name has at most 253 characters, and this one has ${name.length}`;
  const labels = name.split('.');
  for (const label of labels) {
    if (label === '') return 'a label is empty';
    if (label.length > 63)
      return `a label has at most 63 characters, and ${quote(label)} has ${label.length}`;
    if (!/^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/.test(label)) {
      return `a label cannot start or end with a hyphen, as ${quote(label)} does`;
    }
  }
  // Resolvers read 1.2.3, 0x7f.1 and the like as IPv4 addresses, so they would not be the host that the text seems to
  // name.
  if (/^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')) {
    return 'its last label is a number, but it is not an IPv4 address of four decimal numbers';
  }
  return null;
}

/** As `parseTarget`; also a URL of TLS for its host and port, such as `https://api.example.com/v1`. */
export function parseTargetOrUrl(text: string, toAscii: ToAscii): Parsed<Target> {
  const trimmed = text.trim();
  const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(trimmed) ?? [];
  if (scheme === undefined || trimmed.length > longestUrl) return parseTarget(text, toAscii);
  if (!/^(?:https|wss)$/i.test(scheme)) {
    return refused(
      `${quote(trimmed)}: expected https://, found ${quote(`${scheme}://`)}, which has no certificate`,
    );
  }
  const target = parseTarget(hostOfUrl(trimmed), toAscii);
  return target.ok ? target : refused(`${quote(trimmed)}: ${target.problem}`);
}

/** The part of a URL or path that would be its host and port. */
function hostOfUrl(text: string): string {
  const authority = text.replace(/^(?:[a-z][a-z0-9+.-]*:)?\/\//i, '').replace(/[/?#\\].*$/s, '');
  return authority.slice(authority.lastIndexOf('@') + 1);
}
