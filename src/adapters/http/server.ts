import Fastify from 'fastify';

/** What the listener asks of the service. Each answer is given within the scrape's patience. */
export interface HttpSources {
  readonly metrics: () => Promise<{ contentType: string; text: string }>;
  /** Why the process should be restarted; null while it works. An outage of Redis is none: a restart would not help. */
  readonly unhealthy: () => string | null;
  /** Why the service does not do its job now; empty while it does. */
  readonly unready: () => readonly string[];
}

export interface HttpListener {
  /** Where it listens, as a URL. */
  readonly url: string;
  close(): Promise<void>;
}

/** Rejects where the address can't be had (`EADDRINUSE`, `EACCES`). */
export async function listen(host: string, port: number, sources: HttpSources): Promise<HttpListener> {
  const app = Fastify({
    logger: false,
    bodyLimit: 1_024,
    requestTimeout: 30_000,
    forceCloseConnections: true,
  });

  app.get('/', (_request, reply) =>
    reply.type('text/plain').send('pinwatch\n\n/metrics\n/healthz\n/readyz\n'),
  );

  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await sources.metrics();
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
    return reply
      .code(reasons.length === 0 ? 200 : 503)
      .send({ status: reasons.length === 0 ? 'ok' : 'not ready', reasons });
  });

  const url = await app.listen({ host, port });
  return { url, close: () => app.close() };
}
