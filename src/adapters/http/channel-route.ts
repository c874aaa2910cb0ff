/** `GET /c/{channel}`: a signed configuration, as apps and CDNs fetch it. It is public, and signed, so it needs no token. */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import type { ServedChannel } from '../../flow/publish/served-channels.ts';
import { problem, sendProblem } from './problem.ts';
import { takesGzip } from './scrape.ts';

export type Download = 'sent' | 'not_modified' | 'unknown';

export interface ChannelOptions {
  readonly channel: (id: string) => ServedChannel | null;
  readonly onDownload: (outcome: Download) => void;
  /** An app's first fetch of a day says which version it holds. */
  readonly onHeld: (channel: string, version: string) => void;
}

/**
 * A minute at the edge, so that apps have a new version within five; RFC 5861: an old one while this server is away. Not
 * stale-while-revalidate, which would add a minute.
 */
const cacheControl = 'public, max-age=60, stale-if-error=86400';

interface Sendable {
  readonly text: string;
  readonly etag: string;
  zipped: Promise<Buffer> | null;
}

export function serveChannels(app: FastifyInstance, { channel, onDownload, onHeld }: ChannelOptions): void {
  /** By text: it is hashed and compressed once. */
  const known = new Map<string, Sendable>();

  function sendable(id: string, text: string): Sendable {
    const found = known.get(id);
    if (found?.text === text) return found;
    // Weak: the compressed bytes differ, the text is the same. Every server has the same tag for it.
    const hash = createHash('sha256').update(text).digest('base64url').slice(0, 22);
    const made = { text, etag: `W/"${hash}"`, zipped: null };
    known.set(id, made);
    return made;
  }

  app.get('/c/:channel', async (request, reply) => {
    const { channel: id } = request.params as { channel: string };
    const served = channel(id);
    if (served === null) {
      onDownload('unknown');
      return sendProblem(reply, problem(404, 'not_found', 'Not found', 'nothing is published here'));
    }
    const { v } = request.query as { v?: unknown };
    if (typeof v === 'string') onHeld(id, v);
    const content = sendable(id, served.text);
    void reply.headers({ etag: content.etag, 'cache-control': cacheControl, vary: 'accept-encoding' });
    if (isHeld(request.headers['if-none-match'], content.etag)) {
      onDownload('not_modified');
      return reply.code(304).send();
    }
    onDownload('sent');
    void reply.type('application/vnd.pinwatch.pins');
    if (!takesGzip(request.headers['accept-encoding']))
      return reply.send(Buffer.from(content.text, 'latin1'));
    content.zipped ??= promisify(gzip)(content.text);
    return reply.header('content-encoding', 'gzip').send(await content.zipped);
  });
}

/** RFC 9110, section 13.1.2: compared weakly. */
function isHeld(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  return header.trim() === '*' || header.split(',').some((tag) => opaque(tag) === opaque(etag));
}
