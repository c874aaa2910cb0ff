import { timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Action, may, type Principal } from '../../core/access.ts';
import type { Actor } from '../../flow/admin/outcome.ts';
import { isOfOtherPage, isOfOwnPage } from './browser.ts';
import { problem, sendProblem } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The owner of the request's token; null if none is needed and none was sent. */
    principal: Principal | null;
    /** What its token may not do; null: it was not refused. */
    refused: { readonly action: Action; readonly account: string | null } | null;
  }
}

export interface AccessOptions {
  readonly whois: (token: string) => Promise<Principal | null>;
  readonly hasTokens: () => Promise<boolean>;
  /** It is unknown whether there are tokens, because the store has never been reached. */
  readonly isUnknown: () => boolean;
  /** An admin's token from the environment; null if there is none. */
  readonly adminToken: string | null;
  /** Why every caller is refused: the store is not the one last seen. null while it is. */
  readonly closed: () => string | null;
  /** Why this process has stopped working; null if it has not. */
  readonly outdated: () => string | null;
  /**
   * Counts a request whose credentials are not accepted, and resolves when its answer may be sent; false if too many
   * from this address are waiting.
   */
  readonly onFailure: (address: string) => Promise<boolean>;
  /**
   * The token that the session in this Cookie header was opened with; null if it has none, or it is over. Left out: there
   * are no sessions.
   */
  readonly session?: (cookies: string) => Promise<string | null>;
}

export const loopbackAdmin: Principal = { name: 'loopback', role: 'admin', account: null };

/** The caller, or the status to answer with. */
export type Asker = { readonly principal: Principal } | { readonly problem: 401 | 403 | 429 };

/**
 * The caller. With a token, or the session of the page: its owner. Without one: an admin on loopback while no token
 * exists at all, so that a new installation can be set up; otherwise the request is refused.
 */
export async function whoAsks(request: FastifyRequest, options: AccessOptions): Promise<Asker> {
  const token = tokenOf(request) ?? (await sessionOf(request, options));
  if (token !== null) return ownerOf(token, request, options);
  if (options.adminToken !== null || (await options.hasTokens())) return failed(request, options);
  return isLocal(request) ? { principal: loopbackAdmin } : { problem: 403 };
}

/** The owner of a token, however it came. */
export async function ownerOf(
  token: string,
  request: FastifyRequest,
  options: AccessOptions,
): Promise<Asker> {
  if (options.adminToken !== null && isSame(token, options.adminToken)) {
    return { principal: { name: 'environment', role: 'admin', account: null } };
  }
  const principal = await options.whois(token);
  return principal === null ? failed(request, options) : { principal };
}

async function failed(request: FastifyRequest, { onFailure }: AccessOptions): Promise<Asker> {
  return { problem: (await onFailure(addressOf(request))) ? 401 : 429 };
}

/** Bearer (RFC 6750), or Basic with the token as the password, which a browser asks for when it opens the queues. */
function tokenOf({ method, headers }: FastifyRequest): string | null {
  const { authorization } = headers;
  if (authorization === undefined) return null;
  const [, scheme = '', value = ''] = /^(\w+) +(\S+) *$/.exec(authorization) ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return '';
  // A browser that knows the password adds it to requests of any page, so Basic may not change anything for another
  // page.
  if (!isReading(method) && isOfOtherPage(headers)) return '';
  return Buffer.from(value, 'base64').toString('utf8').split(':').slice(1).join(':');
}

const isReading = (method: string) => method === 'GET' || method === 'HEAD';

/** A browser adds the cookie by itself, so only the page itself may change anything with it. */
async function sessionOf(request: FastifyRequest, { session }: AccessOptions): Promise<string | null> {
  const { cookie } = request.headers;
  if (cookie === undefined || session === undefined || !(isReading(request.method) || isOfOwnPage(request)))
    return null;
  return session(cookie);
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Headers that a proxy adds: the caller behind it is not on this machine, although the connection is. */
const forwarding = /^(forwarded|x-forwarded-.*|x-real-ip|via)$/;

/**
 * From this machine, and not through a proxy or from a web page. If a hostile page sends a request to a name that
 * resolves to loopback (DNS rebinding), the browser sends that name as Host, or the page's Origin, or says that the
 * request comes from another site (Fetch Metadata). pinwatch's own page may act.
 */
function isLocal(request: FastifyRequest): boolean {
  const { ip, headers, raw } = request;
  const host = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  const isLocalName = host === 'localhost' || (isIP(host) !== 0 && isLoopback(host));
  const isOfPage = isOfOtherPage(headers) && !isOfOwnPage(request);
  // By default, nginx's proxy_pass adds no header and sends the upstream address as Host, but it uses HTTP/1.0.
  const isForwarded = raw.httpVersion === '1.0' || Object.keys(headers).some((name) => forwarding.test(name));
  return isLoopback(ip) && isLocalName && !isOfPage && !isForwarded;
}

/** 127.0.0.0/8 and ::1, also as an IPv4-mapped address. `address` is one, as `node:net` gives it. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address);
}

export function deny(reply: FastifyReply, status: 401 | 403 | 429): FastifyReply {
  if (status === 429) {
    // A caller that goes on has to open a connection for each attempt.
    reply.headers({ 'retry-after': '10', connection: 'close' });
    const detail = 'too many requests from your address had no valid token: wait, then send a valid one';
    return sendProblem(reply, problem(429, 'too_many_failures', 'Too many failed attempts', detail));
  }
  if (status === 401) {
    // A line for each scheme: Chromium reads one scheme per line, and would not ask for a password if another came
    // first.
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
 * Sets the caller, or answers the request. `closed` is checked after the token, because a request without a token has
 * just read the store.
 */
export async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  options: AccessOptions,
): Promise<FastifyReply | undefined> {
  if (isOutdated(reply, options)) return reply;
  const asker = await whoAsks(request, options);
  if (isClosed(reply, options)) return reply;
  if ('problem' in asker) return deny(reply, asker.problem);
  request.principal = asker.principal;
  return undefined;
}

/** true: the request has been answered, because this process has stopped working. */
export function isOutdated(reply: FastifyReply, { outdated }: AccessOptions): boolean {
  const reason = outdated();
  if (reason === null) return false;
  reply.header('retry-after', '5');
  sendProblem(reply, problem(503, 'store_newer', 'This process does not use the store', reason));
  return true;
}

/** true: the request has been answered, because the store is not the one last seen. */
export function isClosed(reply: FastifyReply, { closed }: AccessOptions): boolean {
  const reason = closed();
  if (reason === null) return false;
  reply.header('retry-after', '5');
  const detail = `${reason}. The API stays closed until an admin runs "pinwatch store adopt" on the machine that runs pinwatch`;
  sendProblem(reply, problem(503, 'store_replaced', 'The store is not the one last seen', detail));
  return true;
}

/**
 * Lets the request through or answers it. Unknown and forbidden accounts look alike and neither is looked up in the
 * store, so not even the response time reveals whether an account exists.
 */
export function permit(
  request: FastifyRequest,
  reply: FastifyReply,
  action: Action,
  account: string | null,
): boolean {
  const { principal } = request;
  if (principal !== null && may(principal, action, account)) return true;
  request.refused = { action, account };
  const detail =
    account === null
      ? 'not found, or this token may not use it'
      : `no account "${account}" for which this token may do this`;
  sendProblem(reply, problem(404, 'not_found', 'Not found', detail));
  return false;
}

/** Whether the request is still permitted after a while: its token may have been revoked, or have expired. */
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
  // A proxy that forwards the header unchanged may pass on anything.
  return isIP(ip) === 0 ? (socket.remoteAddress ?? '') : ip;
}
