/** Sends the text of the metrics while it is rendered, compressed if the client accepts that. */
import { Readable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface MetricsText {
  readonly contentType: string;
  /** The parts in order. They may be read at any pace, and not to the end. */
  readonly parts: AsyncIterable<string> | Iterable<string>;
}

/** Prometheus gives up after 10 s by default, and never waits longer than its interval. */
const patienceMs = 60_000;

/** The lines of the text differ in a few characters only: the fastest level compresses it to a twentieth. */
const gzipOptions = { level: constants.Z_BEST_SPEED, chunkSize: 64 * 1024 };

export interface SendEvents {
  /** Called once, when everything is sent or the client has gone. */
  readonly onEnd: () => void;
  /** The text failed after a part of it was sent: the response is cut off. */
  readonly onError: (error: Error) => void;
}

export function sendText(
  request: FastifyRequest,
  reply: FastifyReply,
  { contentType, parts }: MetricsText,
  { onEnd, onError }: SendEvents,
): FastifyReply {
  // It gave up while the metrics were read, and closes no second time.
  if (reply.raw.destroyed) {
    onEnd();
    return reply.send('');
  }
  const text = Readable.from(parts, { objectMode: false });
  const late = setTimeout(() => reply.raw.destroy(), patienceMs).unref();
  reply.raw.once('close', () => {
    clearTimeout(late);
    text.destroy();
    onEnd();
  });
  // The framework reports a failure only while it can still send an error response.
  text.on('error', (error) => {
    if (reply.raw.headersSent) onError(error);
  });
  void reply.type(contentType).header('vary', 'accept-encoding');
  if (!takesGzip(request.headers['accept-encoding'])) return reply.send(text);
  const compressed = createGzip(gzipOptions);
  // A failure of the text ends the response, and is reported like any other.
  text.on('error', (error) => compressed.destroy(error));
  return reply.header('content-encoding', 'gzip').send(text.pipe(compressed));
}

/** RFC 9110, section 12.5.3: named, or covered by `*`, with a weight above 0. */
export function takesGzip(accepted: string | readonly string[] | undefined): boolean {
  const weights = new Map<string, number>();
  for (const entry of String(accepted ?? '').split(',')) {
    const [name = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
    weights.set(name === 'x-gzip' ? 'gzip' : name, /^[01](?:\.\d{0,3})?$/.test(weight) ? Number(weight) : 0);
  }
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}
