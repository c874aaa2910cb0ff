/** HTTP requests to the API. Every failure is described in words. */
import type { ApiAccess } from '../../config/profile.ts';
import { onOneLine } from '../../core/quote.ts';
import { version } from '../../version.ts';
import type { AnswerOf, EventOf, OperationId, RequestOf, StreamId } from '../../wire/exchange.ts';
import type { Route } from '../../wire/route.ts';
import { exitStatus, UsageError } from '../usage.ts';
import { unexpectedIn } from './answer-check.ts';
import { describeProblem, Failure, type ProblemAnswer, statusOfProblem } from './failure.ts';
import { serverEvents } from './server-events.ts';

export interface Answer<Id extends OperationId> {
  readonly body: AnswerOf<Id>;
  /** Sent as `ifMatch`, so that a change applies to what was read; null if there is none. */
  readonly etag: string | null;
}

export interface Patience {
  readonly timeoutMs?: number;
  /** Called if the rate limit is reached (429); the request is repeated after the time in the answer. */
  readonly onBusy?: (seconds: number) => void;
}

export interface Client {
  readonly url: string;
  /** Sends the request, and checks the answer against the route's schema. Rejects with Failure. */
  call<Id extends OperationId>(id: Id, request: RequestOf<Id> & Patience): Promise<Answer<Id>>;
  /** Server-sent events until the stream or the signal ends it. */
  follow<Id extends StreamId>(
    id: Id,
    request: RequestOf<Id>,
    signal: AbortSignal,
  ): AsyncIterable<EventOf<Id>>;
}

/** The request of any route. */
interface AnyRequest extends Patience {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly ifMatch?: string | null;
}

const defaultTimeoutMs = 30_000;
/** A list of 100,000 domains has about 20 MB; a longer answer is not from pinwatch. */
const mostCharacters = 200 * 1024 * 1024;

/** Loaded only when the API is called: most commands never call it. */
async function routeOf(id: OperationId): Promise<Route> {
  const { routes } = await import('../../wire/routes.ts');
  return routes[id];
}

/** The route's path with each value as one segment. */
function pathOf({ path }: Route, params: Readonly<Record<string, string>> = {}): string {
  return path.replace(/:(\w+)/g, (_, name: string) => {
    const value = params[name] ?? '';
    // URL would resolve dots to another path, even percent-encoded ones.
    if (/^\.{0,2}$/.test(value)) throw new UsageError(`expected a name or id, found "${value}"`);
    return encodeURIComponent(value);
  });
}

export function createClient(access: ApiAccess): Client {
  async function call(route: Route, request: AnyRequest): Promise<{ body: unknown; etag: string | null }> {
    const { timeoutMs = defaultTimeoutMs, onBusy } = request;
    const response = await ask(access, route, request, AbortSignal.timeout(timeoutMs), 'application/json');
    const answer = parseJson(await bodyText(response, access));
    const seconds = response.status === 429 ? secondsOf(response.headers.get('retry-after')) : null;
    if (onBusy && seconds !== null) {
      onBusy(seconds);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
      return call(route, request);
    }
    if (!response.ok) throw failureOf(response, answer, access);
    if (response.status === 204) return { body: null, etag: null };
    if (typeof answer !== 'object' || answer === null) throw notOurs(response, access);
    const schema = route.answers[response.status as keyof Route['answers']];
    const unexpected = schema === undefined ? 'unexpected status' : unexpectedIn(schema, answer);
    if (unexpected !== null) throw notOurs(response, access, unexpected);
    return { body: answer, etag: response.headers.get('etag') };
  }

  async function* follow(route: Route, request: AnyRequest, signal: AbortSignal) {
    try {
      const response = await ask(access, route, request, signal, 'text/event-stream');
      if (!response.ok) throw failureOf(response, parseJson(await bodyText(response, access)), access);
      for await (const { event, data } of serverEvents(response.body ?? empty())) {
        const schema = route.events?.[event];
        if (schema === undefined) continue;
        const value = parseJson(data);
        const unexpected = unexpectedIn(schema, value);
        if (unexpected !== null) throw notOurs(response, access, unexpected);
        yield { event, data: value };
      }
    } catch (error) {
      // The caller has stopped following.
      if (signal.aborted) return;
      throw error instanceof Failure ? error : unreachable(error, access.url, access.urlFrom);
    }
  }

  return {
    url: access.url,
    // The types come from the schemas that the answer was checked against.
    call: async (id, request) => (await call(await routeOf(id), request as AnyRequest)) as Answer<typeof id>,
    async *follow(id, request, signal) {
      yield* follow(await routeOf(id), request as AnyRequest, signal) as AsyncIterable<EventOf<typeof id>>;
    },
  };
}

async function* empty(): AsyncIterable<Uint8Array> {}

async function ask(
  { url, token, urlFrom }: ApiAccess,
  route: Route,
  { params, query = {}, body, ifMatch }: AnyRequest,
  signal: AbortSignal,
  accept: string,
): Promise<Response> {
  const target = new URL(`${url}/v1${pathOf(route, params)}`);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) target.searchParams.set(name, String(value));
  }
  const init = {
    method: route.method,
    signal,
    headers: {
      accept,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(ifMatch ? { 'if-match': ifMatch } : {}),
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    // Following it would silently turn a change into a GET.
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
    ? '\nIf its certificate is from a private authority, set NODE_EXTRA_CA_CERTS=root.pem'
    : '';
  return new Failure(
    `cannot reach the API at ${url} (${urlFrom}): ${onOneLine(reason)}\n` +
      `Is pinwatch running there? Set PINWATCH_URL, or url: in the profile file, to where it listens.${certificate}`,
    exitStatus.undetermined,
    'unreachable',
  );
}

/** OpenSSL's codes for an answer that is not a TLS record, such as "HTTP/1.1 400". */
const notTls = /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$/;
/** What a TLS server sends to a plain request: an alert, or nothing. */
const notHttp = /^(?:HPE_|UND_ERR_SOCKET$)/;

function reasonOf(cause: NodeJS.ErrnoException | undefined, message: string): string {
  if (cause?.code === 'ECONNREFUSED') return 'connection refused';
  if (notTls.test(cause?.code ?? '')) return 'the answer is not TLS: should it be http instead of https?';
  if (notHttp.test(cause?.code ?? '')) return 'the answer is not HTTP: should it be https instead of http?';
  return cause?.message || cause?.code || message;
}

/** A proxy's page, another service or a redirect is not taken for an answer. */
function notOurs(
  { status }: Response,
  { url, urlFrom }: Pick<ApiAccess, 'url' | 'urlFrom'>,
  unexpected: string | null = null,
): Failure {
  const where = `${url} (${urlFrom}) answered ${status}, but not as pinwatch's API does`;
  if (unexpected === null) return new Failure(`${where}: is it the right URL?`);
  return new Failure(
    `${where} (${unexpected}): is it the right URL, and the same version of pinwatch as this one, ${version}?`,
  );
}

function failureOf(response: Response, answer: unknown, access: ApiAccess): Failure {
  const { status, headers } = response;
  const isProblem = headers.get('content-type')?.startsWith('application/problem+json') === true;
  if (!isProblem || typeof answer !== 'object' || answer === null) return notOurs(response, access);
  const problem = answer as ProblemAnswer;
  const code = typeof problem.code === 'string' ? problem.code : '';
  const lines = [describeProblem(problem), ...hints(status, problem, access)];
  return new Failure(lines.join('\n'), statusOfProblem(status, code), code);
}

const howToGetOne =
  'An admin creates tokens with "pinwatch token create NAME --role …"; the first one is created on the machine that\n' +
  'runs pinwatch. Store it with "pinwatch login URL", or set it as PINWATCH_TOKEN.';

function hints(status: number, { code, forcible = true }: ProblemAnswer, { tokenFrom }: ApiAccess): string[] {
  if (status === 401) {
    const which = tokenFrom === null ? [] : [`The token from ${tokenFrom} is unknown, expired or revoked.`];
    return [...which, howToGetOne];
  }
  if (status === 403) return [howToGetOne];
  return code === 'guarded' && forcible ? ['To do it anyway: --force --note "why"'] : [];
}

/** Retry-After (RFC 9110, section 10.2.3) as the API sends it; null for anything else. */
function secondsOf(retryAfter: string | null): number | null {
  return retryAfter !== null && /^\d{1,4}$/.test(retryAfter) ? Math.max(1, Number(retryAfter)) : null;
}
