import type { IncomingMessage } from 'node:http';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Principal } from '../../core/access.ts';
import { type AccessOptions, deny, whoAsks } from './access.ts';
import { type ApiOptions, api } from './api.ts';
import { bodyLimit, onClientError, problemOfError } from './broken-request.ts';
import { createPrefixOf, withoutPrefix } from './path-prefix.ts';
import { problem, sendProblem } from './problem.ts';
import { type QueueViewOptions, queueView } from './queue-view.ts';

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** PEM; null: plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Metrics want no token, also when tokens exist. */
  readonly openMetrics: boolean;
  /** CIDR blocks of the proxies whose X-Forwarded-For is taken for where a request comes from; empty: nobody's. */
  readonly proxies: readonly string[];
  /** The path under which a proxy shows it, '' for the root. */
  readonly basePath: string;
  readonly onError: (error: Error) => void;
}

/** What the listener asks of the service. Each answer is given within the scrape's patience. */
export interface HttpSources {
  /** Of one account, or with null of all. */
  readonly metrics: (account: string | null) => Promise<{ contentType: string; text: string }>;
  /** Why the process should be restarted; null while it works. An outage of Redis is none: a restart would not help. */
  readonly unhealthy: () => string | null;
  /** Why the service does not do its job now; empty while it does. */
  readonly unready: () => readonly string[];
  /** What is worth knowing to whoever asks whether it does. */
  readonly notes?: () => readonly string[];
  readonly access: AccessOptions;
  /** null: this process serves health and metrics only. */
  readonly api: Omit<ApiOptions & QueueViewOptions, 'prefixOf'> | null;
}

export interface HttpListener {
  /** Where it listens, as a URL. */
  readonly url: string;
  close(): Promise<void>;
}

/** A host name of 253 characters with its port, each percent-encoded; the default of 100 is too short for it. */
const maxParamLength = 800;

/** Rejects where the address can't be had (`EADDRINUSE`, `EACCES`). */
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
    // A URL that can't be decoded, before any route is known.
    frameworkErrors: (error: Error, _request: FastifyRequest, reply: FastifyReply) => {
      sendProblem(reply, problemOfError(error));
    },
  } as const;
  const app: FastifyInstance =
    options.tls === null
      ? Fastify(limits)
      : (Fastify({
          ...limits,
          https: { ...options.tls, minVersion: 'TLSv1.2' },
        }) as unknown as FastifyInstance);
  app.decorateRequest('principal', null);
  app.addHook('onError', async (_request, _reply, error) => {
    const { statusCode } = error as { statusCode?: number };
    if (statusCode === undefined || statusCode >= 500) options.onError(error);
  });
  app.setErrorHandler((error: Error, _request, reply) => sendProblem(reply, problemOfError(error)));
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, problem(404, 'not_found', 'Not found', 'no such thing')),
  );

  app.get('/', (request, reply) => {
    const prefix = prefixOf(request.raw);
    const paths = [
      '/metrics',
      '/healthz',
      '/readyz',
      ...(sources.api ? ['/v1/openapi.json', '/queues'] : []),
    ];
    const text = paths.map((path) => `${prefix}${path}\n`).join('');
    return reply.type('text/plain').send(`pinwatch\n\n${text}`);
  });

  app.get('/metrics', async (request, reply) => {
    const open = options.openMetrics && request.headers.authorization === undefined;
    const reader = open ? everybody : await whoReads(request, sources.access);
    if (typeof reader === 'number') return deny(reply, reader);
    const { contentType, text } = await sources.metrics(reader.account);
    return reply.type(contentType).send(text);
  });

  app.get('/healthz', (_request, reply) => {
    const reason = sources.unhealthy();
    return reply
      .code(reason === null ? 200 : 503)
      .send({ status: reason === null ? 'ok' : 'failing', reason });
  });

  app.get('/readyz', (_request, reply) => {
    const reasons = sources.unready();
    const notes = sources.notes?.() ?? [];
    return reply.code(reasons.length === 0 ? 200 : 503).send({
      status: reasons.length === 0 ? 'ok' : 'not ready',
      reasons,
      ...(notes.length === 0 ? {} : { notes }),
    });
  });

  if (sources.api) {
    await app.register(api, { ...sources.api, prefixOf, prefix: '/v1' });
    await app.register(queueView, { ...sources.api, prefixOf, prefix: '/queues' });
  }
  const url = await app.listen({ host: options.host, port: options.port });
  return { url, close: () => app.close() };
}

const everybody: Pick<Principal, 'account'> = { account: null };

/** As long as no token exists, metrics are for everybody: an installation from a file alone needs none. */
async function whoReads(
  request: Parameters<typeof whoAsks>[0],
  access: AccessOptions,
): Promise<Pick<Principal, 'account'> | 401> {
  // Before the store is first reached there is nothing of any account to show: only what the process says of itself.
  if (access.adminToken === null && access.isUnknown()) return everybody;
  const asker = await whoAsks(request, access);
  // Every role may read metrics: those of its account, or of all where it has none.
  if ('principal' in asker) return asker.principal;
  return asker.problem === 403 ? everybody : 401;
}
