import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Action, may, type Principal } from '../../core/access.ts';
import type { Actor } from '../../flow/admin/outcome.ts';
import { problem, sendProblem } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose token came with the request; null where none is needed and none came. */
    principal: Principal | null;
  }
}

export interface AccessOptions {
  readonly whois: (token: string) => Promise<Principal | null>;
  readonly hasTokens: () => Promise<boolean>;
  /** Whether there are tokens can't be told yet, for the store was never there. */
  readonly isUnknown: () => boolean;
  /** A token from the environment that is an admin's; null for none. */
  readonly adminToken: string | null;
  /** Why nobody is let in whatever their token, for the store is not the one last seen; null while it is. */
  readonly closed: () => string | null;
  /** Why this process has stopped its work; null if it has not. */
  readonly outdated: () => string | null;
  /**
   * Counts a request whose credentials are not accepted, and resolves once its answer may go out; false where too many
   * from this address wait already.
   */
  readonly onFailure: (address: string) => Promise<boolean>;
}

export const loopbackAdmin: Principal = { name: 'loopback', role: 'admin', account: null };

/** Whose request it is, or the status that answers it. */
export type Asker = { readonly principal: Principal } | { readonly problem: 401 | 403 | 429 };

/**
 * Who asks. With a token: whose it is. Without: an admin on loopback as long as no token exists at all, so that a first
 * installation can be set up; else nobody.
 */
export async function whoAsks(request: FastifyRequest, options: AccessOptions): Promise<Asker> {
  const token = tokenOf(request);
  if (token !== null) {
    if (options.adminToken !== null && isSame(token, options.adminToken)) {
      return { principal: { name: 'environment', role: 'admin', account: null } };
    }
    const principal = await options.whois(token);
    return principal === null ? failed(request, options) : { principal };
  }
  if (options.adminToken !== null || (await options.hasTokens())) return failed(request, options);
  return isLocal(request) ? { principal: loopbackAdmin } : { problem: 403 };
}

async function failed(request: FastifyRequest, { onFailure }: AccessOptions): Promise<Asker> {
  return { problem: (await onFailure(addressOf(request))) ? 401 : 429 };
}

/** Bearer (RFC 6750), or Basic with the token as the password: what a browser asks for, to look at the queues. */
function tokenOf({ method, headers }: FastifyRequest): string | null {
  const { authorization } = headers;
  if (authorization === undefined) return null;
  const [, scheme = '', value = ''] = /^(\w+) +(\S+) *$/.exec(authorization) ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return '';
  // A browser that knows the password adds it to whatever any page has it ask: by that, nothing is changed.
  if (method !== 'GET' && method !== 'HEAD' && isOfOtherPage(headers)) return '';
  return Buffer.from(value, 'base64').toString('utf8').split(':').slice(1).join(':');
}

/** Made by a page of another site, as Fetch Metadata says; where there is none, a browser names any page that changes something. */
function isOfOtherPage({ origin, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  return site === undefined ? origin !== undefined : site !== 'none' && site !== 'same-origin';
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** What a proxy adds: whoever asks through one is not on this machine, although the connection is. */
const forwarding = /^(forwarded|x-forwarded-.*|x-real-ip|via)$/;

/**
 * From this machine, and not by way of a proxy or a web page: a browser would send a request that a hostile page makes to
 * a name that resolves to loopback (DNS rebinding) with that name as Host, or with the page's Origin, or say that it
 * comes from another site (Fetch Metadata).
 */
function isLocal({ ip, headers, raw }: FastifyRequest): boolean {
  const host = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  const isLocalName = host === 'localhost' || (isIP(host) !== 0 && isLoopback(host));
  const site = headers['sec-fetch-site'] ?? 'none';
  const isOfPage = headers.origin !== undefined || (site !== 'none' && site !== 'same-origin');
  // nginx's proxy_pass adds nothing of its own accord and names the address behind it as Host, but speaks HTTP/1.0.
  const isForwarded = raw.httpVersion === '1.0' || Object.keys(headers).some((name) => forwarding.test(name));
  return isLoopback(ip) && isLocalName && !isOfPage && !isForwarded;
}

/** 127.0.0.0/8 and ::1, also as an IPv4-mapped address. `address` is one, as `node:net` gives it. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address);
}

export function deny(reply: FastifyReply, status: 401 | 403 | 429): FastifyReply {
  if (status === 429) {
    // Whoever goes on has to connect anew for each attempt.
    reply.headers({ 'retry-after': '10', connection: 'close' });
    const detail =
      'too many requests from your address had no valid token: wait, then send one that is valid';
    return sendProblem(reply, problem(429, 'too_many_failures', 'Too many failed attempts', detail));
  }
  if (status === 401) {
    // A line each: Chromium takes a line for one scheme, and would not ask for a password where it starts with another.
    reply.header('www-authenticate', ['Bearer realm="pinwatch"', 'Basic realm="pinwatch"']);
    return sendProblem(
      reply,
      problem(401, 'unauthenticated', 'A token is needed', 'send one as "Authorization: Bearer …"'),
    );
  }
  const detail =
    'no token exists yet, so the API answers on loopback only: make one with "pinwatch token create" on the machine that runs pinwatch';
  return sendProblem(reply, problem(403, 'loopback_only', 'Only from this machine', detail));
}

/**
 * Sets whose request it is, or answers it. `closed` is asked after the token: a request without one has the store looked
 * at just now.
 */
export async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  options: AccessOptions,
): Promise<FastifyReply | undefined> {
  const outdated = options.outdated();
  if (outdated !== null) {
    reply.header('retry-after', '5');
    return sendProblem(reply, problem(503, 'store_newer', 'The store is used by a newer version', outdated));
  }
  const asker = await whoAsks(request, options);
  const closed = options.closed();
  if (closed !== null) {
    reply.header('retry-after', '5');
    const detail = `${closed}. Until an admin says "pinwatch store adopt" on the machine that runs pinwatch, nobody is let in`;
    return sendProblem(reply, problem(503, 'store_replaced', 'The store is not the one last seen', detail));
  }
  if ('problem' in asker) return deny(reply, asker.problem);
  request.principal = asker.principal;
  return undefined;
}

/**
 * Lets the request through or answers it: unknown and forbidden look alike, and neither asks the store, so that not
 * even the time of the answer tells an account that exists from one that does not.
 */
export function permit(
  request: FastifyRequest,
  reply: FastifyReply,
  action: Action,
  account: string | null,
): boolean {
  const { principal } = request;
  if (principal !== null && may(principal, action, account)) return true;
  const detail =
    account === null
      ? 'no such thing for this token'
      : `no account "${account}" with which this token may do so`;
  sendProblem(reply, problem(404, 'not_found', 'Not found', detail));
  return false;
}

/** Whether what was permitted when the request came still is, after a while: its token may have been revoked, or be over. */
export async function isStillPermitted(
  request: FastifyRequest,
  options: AccessOptions,
  action: Action,
  account: string,
): Promise<boolean> {
  const asker = await whoAsks(request, options);
  const isOpen = options.closed() === null && options.outdated() === null;
  return isOpen && 'principal' in asker && may(asker.principal, action, account);
}

export function actorOf(request: FastifyRequest): Actor {
  return { name: request.principal?.name ?? 'nobody', address: addressOf(request) };
}

function addressOf({ ip, socket }: FastifyRequest): string {
  // A proxy that passes a header on as it came may have been told anything.
  return isIP(ip) === 0 ? (socket.remoteAddress ?? '') : ip;
}
