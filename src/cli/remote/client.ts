/** HTTP to the API, with every way in which it can fail told in words. */
import type { ApiAccess } from '../../config/profile.ts';
import { onOneLine } from '../../core/quote.ts';
import { exitStatus, UsageError } from '../usage.ts';
import { describeProblem, Failure, type ProblemAnswer, statusOfProblem } from './failure.ts';
import { type ServerEvent, serverEvents } from './server-events.ts';

export interface Answer<T> {
  readonly body: T;
  /** What `ifMatch` takes, so that a change is one of what was seen; null where there is none. */
  readonly etag: string | null;
}

export interface RequestOptions {
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly ifMatch?: string | null;
  readonly timeoutMs?: number;
  /** Where too much was asked for in this minute (429): told, and asked again when the answer says so. */
  readonly onBusy?: (seconds: number) => void;
}

export interface Client {
  readonly url: string;
  get<T>(path: string, options?: RequestOptions): Promise<Answer<T>>;
  send<T>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    options?: RequestOptions,
  ): Promise<Answer<T>>;
  /** Server-sent events until the stream or the signal ends it. */
  follow(
    path: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): AsyncIterable<ServerEvent>;
}

const defaultTimeoutMs = 30_000;
/** A list of 100,000 domains has about 20 MB; nothing that answers more is pinwatch. */
const mostCharacters = 200 * 1024 * 1024;

/** A path with each value as one segment of it. */
export function at(strings: TemplateStringsArray, ...values: readonly string[]): string {
  return strings.reduce((path, text, index) => {
    const value = values[index - 1] ?? '';
    // URL would resolve dots to another path, also percent-encoded ones.
    if (/^\.{0,2}$/.test(value)) throw new UsageError(`expected a name or id, found "${value}"`);
    return `${path}${encodeURIComponent(value)}${text}`;
  });
}

export function createClient(access: ApiAccess): Client {
  async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<Answer<T>> {
    const { body, query = {}, ifMatch, timeoutMs = defaultTimeoutMs, onBusy } = options;
    const response = await ask(
      access,
      method,
      path,
      query,
      AbortSignal.timeout(timeoutMs),
      {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(ifMatch ? { 'if-match': ifMatch } : {}),
      },
      body,
    );
    const text = await bodyText(response, access);
    const answer = parseJson(text);
    const seconds = response.status === 429 ? secondsOf(response.headers.get('retry-after')) : null;
    if (onBusy && seconds !== null) {
      onBusy(seconds);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
      return request(method, path, options);
    }
    if (!response.ok) throw failureOf(response, answer, access);
    if (response.status === 204) return { body: undefined as T, etag: null };
    if (typeof answer !== 'object' || answer === null) throw notOurs(response, access);
    return { body: answer as T, etag: response.headers.get('etag') };
  }

  return {
    url: access.url,
    get: (path, options) => request('GET', path, options),
    send: (method, path, options) => request(method, path, options),
    async *follow(path, query, signal) {
      try {
        const response = await ask(access, 'GET', path, query, signal, { accept: 'text/event-stream' });
        if (!response.ok) throw failureOf(response, parseJson(await bodyText(response, access)), access);
        if (response.body) yield* serverEvents(response.body);
      } catch (error) {
        // Whoever follows has seen enough.
        if (signal.aborted) return;
        throw error instanceof Failure ? error : unreachable(error, access.url, access.urlFrom);
      }
    },
  };
}

async function ask(
  { url, token, urlFrom }: ApiAccess,
  method: string,
  path: string,
  query: NonNullable<RequestOptions['query']>,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>>,
  body?: unknown,
): Promise<Response> {
  const target = new URL(`${url}/v1${path}`);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) target.searchParams.set(name, String(value));
  }
  const init = {
    method,
    signal,
    headers: {
      accept: 'application/json',
      ...headers,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    // Followed, it would turn a change into a GET, and say so nowhere.
    redirect: 'manual',
  } as const;
  try {
    return await fetch(target, init);
  } catch (error) {
    throw unreachable(error, url, urlFrom);
  }
}

async function bodyText(response: Response, { url, urlFrom }: ApiAccess): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > mostCharacters) throw notOurs(response, { url, urlFrom });
    }
  } catch (error) {
    throw error instanceof Failure ? error : unreachable(error, url, urlFrom);
  }
  return text + decoder.decode();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreachable(error: unknown, url: string, urlFrom: string): Failure {
  const { name, message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
  const reason = name === 'TimeoutError' ? 'no answer in time' : reasonOf(cause, message);
  const certificate = /CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/.test(cause?.code ?? '')
    ? '\nIf its certificate is of a private authority: NODE_EXTRA_CA_CERTS=root.pem'
    : '';
  return new Failure(
    `cannot reach the API at ${url} (${urlFrom}): ${onOneLine(reason)}\n` +
      `Is pinwatch running there? Set PINWATCH_URL, or url: in the profile file, to where it listens.${certificate}`,
    exitStatus.undetermined,
    'unreachable',
  );
}

function reasonOf(cause: NodeJS.ErrnoException | undefined, message: string): string {
  if (cause?.code === 'ECONNREFUSED') return 'connection refused';
  return cause?.message || cause?.code || message;
}

/** No page of a proxy, no other service and no redirection is taken for an answer. */
function notOurs({ status }: Response, { url, urlFrom }: Pick<ApiAccess, 'url' | 'urlFrom'>): Failure {
  return new Failure(
    `${url} (${urlFrom}) answers with ${status}, but not as pinwatch's API does: is it the right URL?`,
  );
}

function failureOf(response: Response, answer: unknown, access: ApiAccess): Failure {
  const { status, headers } = response;
  const isProblem = headers.get('content-type')?.startsWith('application/problem+json') === true;
  if (!isProblem || typeof answer !== 'object' || answer === null) return notOurs(response, access);
  const problem = answer as ProblemAnswer;
  const code = typeof problem.code === 'string' ? problem.code : '';
  const lines = [describeProblem(problem), ...hints(status, code, access)];
  return new Failure(lines.join('\n'), statusOfProblem(status, code), code);
}

const howToGetOne =
  'An admin makes one with "pinwatch token create NAME --role …"; the first one is made on the machine that runs\n' +
  'pinwatch. Give it as PINWATCH_TOKEN, or as token: in the profile file.';

function hints(status: number, code: string, { tokenFrom }: ApiAccess): string[] {
  if (status === 401) {
    const which = tokenFrom === null ? [] : [`The token of ${tokenFrom} is unknown, expired or revoked.`];
    return [...which, howToGetOne];
  }
  if (status === 403) return [howToGetOne];
  return code === 'guarded' ? ['To do it all the same: --force --note "why"'] : [];
}

/** Retry-After (RFC 9110, section 10.2.3) as the API sends it; null for anything else. */
function secondsOf(retryAfter: string | null): number | null {
  return retryAfter !== null && /^\d{1,4}$/.test(retryAfter) ? Math.max(1, Number(retryAfter)) : null;
}
