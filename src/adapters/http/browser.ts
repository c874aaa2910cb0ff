/** What a browser says about the page that a request comes from. No page can forge these headers. */
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';

/** Sent by a page of another site, by Fetch Metadata; without it, by Origin, which browsers send with every change. */
export function isOfOtherPage({ origin, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  return site === undefined ? origin !== undefined : site !== 'none' && site !== 'same-origin';
}

/**
 * Sent by a page of this service. Browsers leave out Fetch Metadata on plain HTTP; then Origin must name the host that
 * the request was sent to. A request that says neither does not count.
 */
export function isOfOwnPage({ headers, host }: Pick<FastifyRequest, 'headers' | 'host'>): boolean {
  const { origin, 'sec-fetch-site': site } = headers;
  if (site !== undefined) return site === 'same-origin';
  return (
    origin !== undefined && URL.canParse(origin) && new URL(origin).host === withoutDefaultPort(origin, host)
  );
}

/** As a URL has it: `example.com` for `example.com:443` on https. */
function withoutDefaultPort(origin: string, host: string): string {
  const url = `${new URL(origin).protocol}//${host}`;
  return URL.canParse(url) ? new URL(url).host : '';
}

/** A link on a page of another site was followed: the browser then leaves out cookies that are `SameSite=Strict`. */
export function isFollowedLink({ 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  return site === 'cross-site' || site === 'same-site';
}
