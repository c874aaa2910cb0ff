import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { may, type Principal } from '../../core/access.ts';
import type { AccessRefusal } from '../../flow/admin/access-refusals.ts';
import { type AccessOptions, actorOf, deny, loopbackAdmin, whoAsks } from './access.ts';
import { createAccountQueue } from './account-queue.ts';
import { withoutAddresses } from './addressless.ts';
import { api } from './api.ts';
import type { ApiOptions } from './api-options.ts';
import { bodyLimit, onClientError, problemOfError } from './broken-request.ts';
import { type Certificate, createCertified } from './certified.ts';
import { type ChannelOptions, serveChannels } from './channel-route.ts';
import { capConnections } from './connections.ts';
import { page } from './page/page.ts';
import type { PageOptions } from './page/page-options.ts';
import { createPrefixOf, withoutPrefix } from './path-prefix.ts';
import { problem, sendProblem } from './problem.ts';
import { type QueueViewOptions, queueView } from './queue-view.ts';
import { safeHeaders } from './safe-headers.ts';
import { type MetricsText, sendText } from './scrape.ts';

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** PEM; null: plain HTTP. */
  readonly tls: Certificate | null;
  /** Metrics require no token, even if tokens exist. */
  readonly openMetrics: boolean;
  /** CIDR blocks of the proxies whose X-Forwarded-For is trusted; empty: none. */
  readonly proxies: readonly string[];
  /** The path under which a proxy serves it, '' for the root. */
  readonly basePath: string;
  /** The most connections at a time. */
  readonly connections: number;
  readonly onError: (error: Error) => void;
  /** A token may not do what was asked with it. */
  readonly onRefused: (refusal: AccessRefusal) => void;
  /** A connection was closed to stay within `connections`. */
  readonly onFull: () => void;
}

const tooManyScrapes = problem(
  429,
  'too_many',
  'Too many requests',
  'too many scrapes are waiting: scrape less often',
);

const notForThisToken = problem(404, 'not_found', 'Not found', 'not found, or this token may not use it');

export type MetricsReader = Pick<Principal, 'account'> | 'process';

/** What the listener needs from the service. Each answer comes within the timeout of a scrape. */
export interface HttpSources {
  /** Of one account, of all accounts (null), or only of the process itself. */
  readonly metrics: (reader: MetricsReader) => Promise<MetricsText>;
  /**
   * Why the process should be restarted; null while it works. A Redis outage is no reason: a restart would not help.
   */
  readonly unhealthy: () => string | null;
  /** Why the service is not doing its job; empty while it is. */
  readonly unready: () => readonly string[];
  /** What a caller of /readyz should also know. */
  readonly notes?: () => readonly string[];
  readonly access: AccessOptions;
  /** Left out: this process serves no signed configurations. */
  readonly channels?: ChannelOptions;
  /** null: this process serves health and metrics only. */
  readonly api: Omit<ApiOptions & QueueViewOptions & PageOptions, 'prefixOf'> | null;
}

export interface HttpListener {
  /** The URL of the actual address, even if that is 0.0.0.0. */
  readonly url: string;
  /** New connections get this certificate; those that are open keep theirs. Only for a listener with TLS. */
  certify(certificate: Certificate): void;
  close(): Promise<void>;
}

/** How long one scrape may delay the next ones of the same reader. */
const turnMs = 5_000;

/** Connections waiting to be accepted. With Node's 511, a thousand at once would delay others by seconds. */
const backlog = 4_096;

/** Room for a host name of 253 characters and a port, percent-encoded; the default of 100 is too short. */
const maxParamLength = 800;

/** Rejects if it cannot listen on the address (`EADDRINUSE`, `EACCES`). */
export async function listen(options: ListenOptions, sources: HttpSources): Promise<HttpListener> {
  const trustProxy = options.proxies.length > 0 && [...options.proxies];
  const prefixOf = createPrefixOf(options.basePath, options.proxies);
  const limits = {
    bodyLimit,
    requestTimeout: 30_000,
    forceCloseConnections: true,
    logger: false,
    trustProxy,
    routerOptions: { maxParamLength },
    rewriteUrl: (request: IncomingMessage) => withoutPrefix(request.url ?? '/', prefixOf(request)),
    clientErrorHandler: onClientError,
    // A URL that can't be decoded, before routing.
    frameworkErrors: (error: Error, _request: FastifyRequest, reply: FastifyReply) => {
      sendProblem(reply.headers(safeHeaders), problemOfError(error));
    },
  } as const;
  const certified = options.tls === null ? null : createCertified(options.tls);
  const app: FastifyInstance =
    certified === null
      ? Fastify(limits)
      : (Fastify({ ...limits, https: certified.options }) as unknown as FastifyInstance);
  app.decorateRequest('principal', null);
  app.decorateRequest('refused', null);
  app.addHook('onResponse', async (request) => {
    const { principal, refused } = request;
    if (principal === null || refused === null) return;
    const { name, role } = principal;
    options.onRefused({ name, role, ...refused, source: actorOf(request).address });
  });
  capConnections(app.server, options.connections, options.onFull);
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(safeHeaders);
  });
  app.addHook('onError', async (_request, _reply, error) => {
    const { statusCode } = error as { statusCode?: number };
    if (statusCode === undefined || statusCode >= 500) options.onError(error);
  });
  app.setErrorHandler((error: Error, _request, reply) => sendProblem(reply, problemOfError(error)));
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, problem(404, 'not_found', 'Not found', 'no such resource')),
  );

  const index = (request: FastifyRequest) => {
    const prefix = prefixOf(request.raw);
    const paths = [
      '/metrics',
      '/healthz',
      '/readyz',
      ...(sources.api ? ['/v1/openapi.json', '/queues'] : []),
    ];
    return `pinwatch\n\n${paths.map((path) => `${prefix}${path}\n`).join('')}`;
  };
  if (!sources.api) app.get('/', (request, reply) => reply.type('text/plain').send(index(request)));

  const scrapes = createAccountQueue(2, 50);
  app.get('/metrics', async (request, reply) => {
    const open = options.openMetrics && request.headers.authorization === undefined;
    const reader = open ? everybody : await whoReads(request, sources.access);
    if (reader === 404) return sendProblem(reply, notForThisToken);
    if (typeof reader === 'number') return deny(reply, reader);
    // Each scrape reads and renders all metrics: many at a time must not block everything else.
    const leave = await scrapes.take(reader === 'process' ? reader : (reader.account ?? 'all accounts'));
    if (leave === null) return sendProblem(reply, tooManyScrapes);
    // It gave up while it waited: those behind it may still be there.
    if (reply.raw.destroyed) {
      leave();
      return reply.send('');
    }
    // A client that reads slowly costs nothing while it waits, and delays no other.
    const late = setTimeout(leave, turnMs).unref();
    const onEnd = () => {
      clearTimeout(late);
      leave();
    };
    try {
      return sendText(request, reply, await sources.metrics(reader), { onEnd, onError: options.onError });
    } catch (error) {
      onEnd();
      throw error;
    }
  });

  app.get('/healthz', (_request, reply) => {
    const reason = sources.unhealthy();
    return reply
      .code(reason === null ? 200 : 503)
      .send({ status: reason === null ? 'ok' : 'failing', reason });
  });

  app.get('/readyz', async (request, reply) => {
    const reasons = sources.unready();
    const isReady = reasons.length === 0;
    const shown =
      isReady || (await isKnown(request, sources.access)) ? reasons : reasons.map(withoutAddresses);
    const notes = sources.notes?.() ?? [];
    return reply.code(isReady ? 200 : 503).send({
      status: isReady ? 'ok' : 'not ready',
      reasons: shown,
      ...(notes.length === 0 ? {} : { notes }),
    });
  });

  if (sources.channels) serveChannels(app, sources.channels);
  if (sources.api) {
    await app.register(api, { ...sources.api, prefixOf, prefix: '/v1' });
    await app.register(queueView, { ...sources.api, prefixOf, prefix: '/queues' });
    await app.register(page, { ...sources.api, prefixOf, index });
  }
  await app.listen({ host: options.host, port: options.port, backlog });
  return {
    url: urlOf(app.server.address() as AddressInfo, options.tls !== null),
    certify: (tls) => certified?.certify(app.server as Server, tls),
    close: () => app.close(),
  };
}

/** Fastify would give a loopback address instead of the one for all interfaces. */
function urlOf({ address, port }: AddressInfo, isTls: boolean): string {
  return `${isTls ? 'https' : 'http'}://${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** How long a health check may wait for the store to identify its token. */
const lookUpMs = 1_000;

/** The request has a valid token, of any role. */
async function isKnown(request: FastifyRequest, access: AccessOptions): Promise<boolean> {
  if (request.headers.authorization === undefined) return false;
  const late = new Promise<null>((resolve) => {
    setTimeout(resolve, lookUpMs, null).unref();
  });
  const asker = await Promise.race([whoAsks(request, access).catch(() => null), late]);
  return asker !== null && 'principal' in asker;
}

const everybody: Pick<Principal, 'account'> = { account: null };

/** While no token exists, metrics are open to all: an installation configured only by a file needs no token. */
async function whoReads(
  request: Parameters<typeof whoAsks>[0],
  access: AccessOptions,
): Promise<MetricsReader | 401 | 404 | 429> {
  // Before the store is first reached, there is nothing to show of any account.
  if (access.adminToken === null && access.isUnknown()) return 'process';
  const asker = await whoAsks(request, access);
  const isClosed = access.closed() !== null;
  if ('principal' in asker && !may(asker.principal, 'read_metrics', asker.principal.account)) return 404;
  // Those of its account, or all if it has no account.
  if ('principal' in asker && !(isClosed && asker.principal === loopbackAdmin)) return asker.principal;
  // The tokens may be lost. Everyone may see that they are, because an alert depends on it.
  if (isClosed) return 'process';
  return 'principal' in asker || asker.problem === 403 ? everybody : asker.problem;
}
