import { canonicalIp } from '../core/ip.ts';
import type { NameServer } from '../core/name-server.ts';
import { type Parsed, parsed, refused } from '../core/parsed.ts';
import { quote } from '../core/quote.ts';
import { parseTarget, type ToAscii } from '../core/target.ts';

export const nameServerExpected =
  'a name server: an address such as 192.0.2.53 or [2001:db8::53]:5353, tls://dns.example.net, or https://dns.example.net/dns-query';

/** As many as are asked one after another within one deadline. */
export const mostNameServers = 8;

export function parseNameServer(text: string, toAscii: ToAscii): Parsed<NameServer> {
  const trimmed = text.trim();
  const found = trimmed.includes('@') ? 'a user (not shown, it may hold a password)' : quote(trimmed);
  const unknown = refused(`expected ${nameServerExpected}, found ${found}`);
  const [, scheme, rest = ''] = /^([a-z]+):\/\/(.*)$/s.exec(trimmed) ?? [];
  if (scheme === 'https') return parseUrl(trimmed) ?? unknown;
  if (scheme !== undefined && scheme !== 'tls') return unknown;
  const target = parseTarget(scheme === 'tls' ? rest : trimmed, toAscii, scheme === 'tls' ? 853 : 53);
  if (!target.ok) return unknown;
  const { host, port } = target.value;
  if (scheme === 'tls') return parsed({ kind: 'tls', host, port });
  // A name would have to be resolved by the system's name servers, which these are to replace.
  return canonicalIp(host) === null ? unknown : parsed({ kind: 'dns', address: host, port });
}

function parseUrl(text: string): Parsed<NameServer> | null {
  if (/\s/.test(text) || !URL.canParse(text)) return null;
  const { hostname, username, password, hash, search, href } = new URL(text);
  // The question is sent as the body, so a template's variable (RFC 8484, section 4.1) has no meaning here.
  if (hostname === '' || `${username}${password}${hash}${search}` !== '' || /[{}]/.test(text)) return null;
  return parsed({ kind: 'https', url: href });
}

/** Why these can't be used together; null if they can. */
export function nameServersProblem(servers: readonly NameServer[]): string | null {
  const inTheClear = servers.filter(({ kind }) => kind === 'dns').length;
  // Whoever disturbs the encrypted ones would make every question readable.
  return inTheClear === 0 || inTheClear === servers.length
    ? null
    : 'expected name servers in the clear or encrypted ones, not both: questions would be sent in the clear whenever the others fail';
}
