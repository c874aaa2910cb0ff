import type { IncomingMessage } from 'node:http';
import { BlockList, isIPv6 } from 'node:net';
import { parsePathPrefix } from '../../core/path-prefix.ts';

type Asked = Pick<IncomingMessage, 'headers' | 'socket'>;

/** The path under which the caller sees this service, '' for the root. */
export type PrefixOf = (request: Asked) => string;

/**
 * From `X-Forwarded-Prefix` of a configured proxy, else the configured path. Other callers could use the header to make
 * a page load its scripts from another place.
 */
export function createPrefixOf(basePath: string, proxies: readonly string[]): PrefixOf {
  const named = new BlockList();
  for (const block of proxies) {
    const [address = '', length = ''] = block.split('/');
    named.addSubnet(address, Number(length), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return ({ headers, socket }) => {
    const { remoteAddress: peer = '' } = socket;
    const isNamed = peer !== '' && named.check(peer, isIPv6(peer) ? 'ipv6' : 'ipv4');
    return (isNamed ? prefixIn(headers['x-forwarded-prefix']) : null) ?? basePath;
  };
}

/** Each proxy on the way adds its own, the outermost first. null if there is none, or it is not a path. */
function prefixIn(header: string | string[] | undefined): string | null {
  if (header === undefined) return null;
  const prefixes = [header]
    .flat()
    .join(',')
    .split(',')
    .map((part) => parsePathPrefix(part.trim()));
  return prefixes.reduce<string | null>(
    (path, prefix) => (path === null || !prefix.ok ? null : path + prefix.value),
    '',
  );
}

/** The URL as it is routed here, whether the proxy strips its prefix or not. */
export function withoutPrefix(url: string, prefix: string): string {
  if (prefix === '' || !url.startsWith(prefix)) return url;
  const rest = url.slice(prefix.length);
  if (rest.startsWith('/')) return rest;
  return rest === '' || rest.startsWith('?') ? `/${rest}` : url;
}
