/** How the text of the metrics is sent: as it is put together, compressed for whoever can read that. */
import { Readable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface MetricsText {
  readonly contentType: string;
  /** Its parts in their order. They may be taken as slowly as one likes, or not to the end. */
  readonly parts: AsyncIterable<string> | Iterable<string>;
}

/** Prometheus gives up after 10 s by default, and never waits longer than its interval. */
const patienceMs = 60_000;

/** Of text that is the same but for a few characters a line, the fastest level leaves a twentieth. */
const gzipOptions = { level: constants.Z_BEST_SPEED, chunkSize: 64 * 1024 };

export interface SendEvents {
  /** Once: all of it is sent, or the client has gone. */
  readonly onEnd: () => void;
  /** The text failed when a part of it was sent already: the answer is cut off. */
  readonly onError: (error: Error) => void;
}

export function sendText(
  request: FastifyRequest,
  reply: FastifyReply,
  { contentType, parts }: MetricsText,
  { onEnd, onError }: SendEvents,
): FastifyReply {
  const text = Readable.from(parts, { objectMode: false });
  const late = setTimeout(() => reply.raw.destroy(), patienceMs).unref();
  reply.raw.once('close', () => {
    clearTimeout(late);
    text.destroy();
    onEnd();
  });
  // The framework tells of a failure only as long as it can still answer with it.
  text.on('error', (error) => {
    if (reply.raw.headersSent) onError(error);
  });
  void reply.type(contentType).header('vary', 'accept-encoding');
  if (!takesGzip(request.headers['accept-encoding'])) return reply.send(text);
  const compressed = createGzip(gzipOptions);
  // What goes wrong with the text ends the answer, and is told as any other failure.
  text.on('error', (error) => compressed.destroy(error));
  return reply.header('content-encoding', 'gzip').send(text.pipe(compressed));
}

/** RFC 9110, section 12.5.3: named, or any by `*`, and with another weight than 0. */
export function takesGzip(accepted: string | readonly string[] | undefined): boolean {
  const weights = new Map<string, number>();
  for (const entry of String(accepted ?? '').split(',')) {
    const [name = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
    weights.set(name === 'x-gzip' ? 'gzip' : name, /^[01](?:\.\d{0,3})?$/.test(weight) ? Number(weight) : 0);
  }
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}
