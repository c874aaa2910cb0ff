/** Questions to a name server over HTTPS (RFC 8484). */
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2';
import { coded } from './coded.ts';

/** A query for its answer, both as in RFC 1035. Rejects once the signal has aborted. */
export type Exchange = (query: Buffer, signal: AbortSignal) => Promise<Buffer>;

/** Of a message, as its length field allows (RFC 1035, section 4.2.2). */
const mostBytes = 65_535;

/** By HTTP/2, the least that RFC 8484, section 5.2, recommends, and all that some servers speak. */
export function overHttps(url: string, ca: string | null): Exchange {
  const { origin, pathname } = new URL(url);
  let kept: ClientHttp2Session | undefined;
  const connected = (): ClientHttp2Session => {
    if (kept !== undefined && !kept.closed && !kept.destroyed) return kept;
    const session = connectHttp2(origin, { ...(ca === null ? {} : { ca }), settings: { enablePush: false } });
    // Each request reports it as well.
    session.on('error', () => {});
    session.setTimeout(idleMs, () => session.close());
    session.unref();
    kept = session;
    return session;
  };
  async function post(session: ClientHttp2Session, query: Buffer, signal: AbortSignal): Promise<Buffer> {
    // Its error says more than that of a request which waits for it.
    if (session.connecting) await once(session, 'connect', { signal });
    const stream = session.request(
      {
        [constants.HTTP2_HEADER_METHOD]: 'POST',
        [constants.HTTP2_HEADER_PATH]: pathname,
        [constants.HTTP2_HEADER_ACCEPT]: mediaType,
        [constants.HTTP2_HEADER_CONTENT_TYPE]: mediaType,
        [constants.HTTP2_HEADER_CONTENT_LENGTH]: query.length,
      },
      { signal },
    );
    // It may come between two of the listeners below, and an unhandled one ends the process.
    stream.on('error', () => {});
    try {
      stream.end(query);
      const headers = await responseOf(stream);
      const status = headers[':status'];
      if (status !== 200) throw coded('EREFUSED', `HTTP status ${status}`);
      return await readAll(stream);
    } finally {
      stream.destroy();
    }
  }
  let answered = 0;
  return async (query, signal) => {
    signal.throwIfAborted();
    const before = answered;
    const isReused = kept !== undefined && !kept.closed && !kept.destroyed;
    const session = connected();
    try {
      const answer = await post(session, query, signal);
      answered += 1;
      return answer;
    } catch (error) {
      // Silent or broken: the next question gets another connection. The server may have been about to close this one. If it
      // answers others meanwhile, it is the name that takes long.
      if (!isAnswered(error) && answered === before) session.destroy();
      if (signal.aborted || !isReused || isAnswered(error)) throw error;
      return post(connected(), query, signal);
    }
  };
}

/** A stream that the server closes with NO_ERROR or CANCEL emits no error: only its end tells. */
async function responseOf(stream: ClientHttp2Stream) {
  const closed = new AbortController();
  stream.on('close', () => closed.abort());
  try {
    const [headers] = (await once(stream, 'response', { signal: closed.signal })) as [
      IncomingHttpHeaders & IncomingHttpStatusHeader,
    ];
    return headers;
  } catch (error) {
    if (closed.signal.aborted) throw coded('ECONNRESET', 'the request was closed before the answer');
    throw error;
  }
}

const mediaType = 'application/dns-message';

/** How long a connection is kept for the next question. */
const idleMs = 30_000;

function isAnswered(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['EREFUSED', 'EBADRESP'].includes(String(error.code));
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > mostBytes) throw coded('EBADRESP', 'the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
