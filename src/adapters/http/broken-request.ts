import type { Socket } from 'node:net';
import { type ProblemDetails, problem } from './problem.ts';
import { safeHeaders } from './safe-headers.ts';

/** The largest body of a request, in bytes: a domain with its private roots. */
export const bodyLimit = 512 * 1024;

/** A framework error as a problem of this API. */
export function problemOfError({
  statusCode = 500,
  message,
}: Error & { statusCode?: number }): ProblemDetails {
  switch (statusCode) {
    case 404:
      return problem(404, 'not_found', 'Not found', 'no such resource');
    case 408:
      return problem(408, 'too_slow', 'Too slow', 'the request did not arrive in time');
    case 413:
      return problem(
        413,
        'too_large',
        'Too large',
        `expected a smaller body: most requests may have ${bodyLimit / 1024} KB`,
      );
    case 414:
      return problem(414, 'too_large', 'Too large', 'expected shorter names in the path');
    case 415: {
      const detail = 'expected a body in JSON, with "Content-Type: application/json"';
      return problem(415, 'unsupported_media_type', 'Unsupported media type', detail);
    }
    case 429:
      return problem(429, 'too_many', 'Too many requests', message);
    case 431:
      return problem(431, 'headers_too_large', 'Headers too large', 'expected at most 16 KB of headers');
    default:
      if (statusCode >= 400 && statusCode < 500) return problem(400, 'bad_input', 'Bad input', message);
      // Internal errors go to the log, not to the caller.
      return problem(500, 'failed', 'Failed', 'the request could not be carried out; the log says why');
  }
}

/** Answers a request that is not HTTP or has too many headers. There is no reply object for it, only the socket. */
export function onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code !== 'ECONNRESET' && socket.writable) {
    const statusCode =
      error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
    const message = 'expected an HTTP/1.1 request';
    const { status, title, ...rest } = problemOfError(Object.assign(new Error(message), { statusCode }));
    const body = JSON.stringify({ ...rest, title, status });
    const head = [
      `HTTP/1.1 ${status} ${title}`,
      'content-type: application/problem+json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      ...Object.entries(safeHeaders).map(([name, value]) => `${name}: ${value}`),
      'connection: close',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  }
  socket.destroy(error);
}
