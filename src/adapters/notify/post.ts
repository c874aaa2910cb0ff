/** One HTTP POST to a service that a tenant has chosen: guarded, bounded, without redirects. */
import { type IncomingMessage, request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { onOneLine, quote } from '../../core/quote.ts';
import { notShown, repeatsSecret } from '../../core/repeated-secret.ts';
import type { ChannelDelivery } from '../../flow/notifier.ts';
import type { Guard } from '../../flow/observe.ts';
import { guardedLookup, refuseAddress } from './guarded-lookup.ts';
import { retryAfterOf } from './retry-after.ts';

export interface Posted {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Shown nowhere, even if the answer repeats them. The URL is one in any case. */
  readonly secrets: readonly string[];
}

export type Post = (posted: Posted, signal: AbortSignal) => Promise<ChannelDelivery>;

const deadlineMs = 10_000;
/** Of the answer; the rest is not read. */
const mostBytes = 4_096;
/** The same request may succeed later: by itself, or once a person has corrected the URL, the key or the service. */
const temporary = [401, 402, 403, 404, 407, 408, 421, 423, 425, 429];

export function createPost(guard: Guard, clock: () => number): Post {
  const lookup = guardedLookup(guard);
  return async (posted, signal) => {
    const over = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
    try {
      const { hostname } = new URL(posted.url);
      refuseAddress(hostname, guard);
      const answer = await exchange(posted, lookup, over);
      return judge(posted, answer, clock());
    } catch (error) {
      return { outcome: 'failed_temporary', reason: reasonOf(error as Error, signal) };
    }
  };
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

function exchange(
  { url, headers, body }: Posted,
  lookup: ReturnType<typeof guardedLookup>,
  signal: AbortSignal,
): Promise<Answer> {
  const { promise, resolve, reject } = withResolvers<Answer>();
  const send = url.startsWith('https:') ? overHttps : overHttp;
  const options = { method: 'POST', agent: false as const, lookup, signal };
  const length = String(Buffer.byteLength(body));
  const request = send(
    url,
    { ...options, headers: { ...headers, 'content-length': length, 'user-agent': 'pinwatch' } },
    (response) => {
      readText(response)
        .then((text) => {
          const { statusCode = 0, headers: fields } = response;
          resolve({ status: statusCode, retryAfter: fields['retry-after'], text });
        }, reject)
        .finally(() => request.destroy());
    },
  );
  request.on('error', reject);
  request.end(body);
  return promise;
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= mostBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, mostBytes).toString();
}

function judge(posted: Posted, { status, retryAfter, text }: Answer, now: number): ChannelDelivery {
  const shown = text.trim() === '' ? '' : `: ${withoutSecrets(text.trim(), posted)}`;
  if (status >= 200 && status < 300) return { outcome: 'sent', receipt: `status ${status}${shown}` };
  if (status >= 300 && status < 400) {
    return { outcome: 'failed_temporary', reason: `status ${status}: redirects are not followed` };
  }
  const reason = `status ${status}${shown}`;
  if (status >= 400 && status < 500 && !temporary.includes(status)) {
    return { outcome: 'failed_permanent', reason };
  }
  const retryAfterMs = retryAfterOf(retryAfter, now);
  return { outcome: 'failed_temporary', reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** An answer may repeat the request. */
function withoutSecrets(text: string, { url, secrets }: Posted): string {
  const { pathname, search } = new URL(url);
  const tokens = [...pathname.split('/'), search.slice(1)].filter((part) => part.length >= 8);
  return repeatsSecret(text, [url, ...secrets, ...tokens]) ? notShown : quote(text);
}

function reasonOf(error: Error & { readonly code?: string }, signal: AbortSignal): string {
  if (signal.aborted) return 'interrupted';
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return `no answer within ${deadlineMs / 1_000} s`;
  }
  return onOneLine(error.name === 'ForbiddenTarget' ? error.message : (error.code ?? error.message)).slice(
    0,
    300,
  );
}

function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    [resolve, reject] = [yes, no];
  });
  return { promise, resolve, reject };
}
