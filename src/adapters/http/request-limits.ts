/** Limits on the requests of one account: how many per minute, how many at a time, and how large. */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Action, may, type Principal } from '../../core/access.ts';
import { createAccountQueue } from './account-queue.ts';
import type { ApiOptions } from './api-options.ts';
import { badInput, problem, sendProblem } from './problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Which queue of the account a request waits in: one that probes a domain takes seconds, one that follows probes
     * minutes.
     */
    readonly turn?: 'look' | 'none';
    /** Values that its body may have, at any depth; `mostValues` if left out. */
    readonly values?: number;
    /** The name and value of its `rateLimit`. */
    readonly limit?: NamedLimit;
  }
}

interface NamedLimit {
  readonly name: string;
  readonly value: number;
}

type Limits = Pick<ApiOptions, 'probesPerMinute' | 'changesPerMinute' | 'counter'>;

const minuteMs = 60_000;
/** A domain with the most pins and addresses that it may have takes about 200. */
const mostValues = 1_000;
/** A request to probe more domains than this is a large one. */
export const largeRequest = 100;
const largeRequestsPerMinute = 2;

/** Requests of one account that are carried out at a time, and that wait for their turn. */
const atATime = 4;
const looksAtATime = 8;
const mostWaiting = 200;
/** How long a refused request (429) holds its turn. */
const refusalMs = 250;

/** Before the routes. */
export async function registerLimits(
  app: FastifyInstance,
  { counter, changesPerMinute }: Limits,
): Promise<void> {
  await app.register(rateLimit, {
    global: false,
    redis: counter,
    nameSpace: 'pinwatch:requests:',
    // Thrown by the plugin; the API's error handler turns it into the answer.
    errorResponseBuilder: ({ routeOptions }, { after }) => tooMany(routeOptions.config.limit, after),
  });

  const changes = app.createRateLimit({
    max: changesPerMinute,
    timeWindow: minuteMs,
    keyGenerator: (request) => `changes ${payer(request)}`,
  });
  app.addHook('onRequest', async (request, reply) => {
    if (['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return undefined;
    // Nobody's: a sign-in, whose failures are counted by address. All of them must not share one count.
    if (request.principal === null) return undefined;
    const counted = await changes(request);
    if (counted.isAllowed || !counted.isExceeded) return undefined;
    const limit = { name: 'http.changesPerMinute', value: changesPerMinute };
    return sendTooMany(reply, limit, counted.ttlInSeconds);
  });

  // A caller that goes on gets a few refusals a second, however many connections it has.
  const refusals = createAccountQueue(atATime, mostWaiting);
  app.addHook('onSend', async (request, reply) => {
    if (reply.statusCode !== 429 || request.principal === null) return;
    const release = await refusals.take(ownerOf(request.principal));
    if (release === null) reply.header('connection', 'close');
    else setTimeout(release, refusalMs).unref();
  });

  const turns = createAccountQueue(atATime, mostWaiting);
  const looks = createAccountQueue(looksAtATime, mostWaiting);
  app.addHook('preValidation', async (request, reply) => {
    const { turn, values = mostValues } = request.routeOptions.config ?? {};
    if (isBeyond(request.body, values)) {
      return badInput(reply, [{ path: 'body', message: `expected at most ${values} values` }]);
    }
    if (turn === 'none') return undefined;
    const release = await (turn === 'look' ? looks : turns).take(ownerOf(request.principal));
    if (release === null) return sendTooManyAtATime(reply);
    // Also if the caller has hung up, even before its turn.
    if (reply.raw.closed) release();
    else reply.raw.once('close', release);
    return undefined;
  });
}

/** Counts large requests for probes; null if this one is permitted. */
export function largeRequestLimit(app: FastifyInstance) {
  const count = app.createRateLimit({
    max: largeRequestsPerMinute,
    timeWindow: minuteMs,
    keyGenerator: (request) => `large ${(request.params as { account: string }).account}`,
  });
  const limit = {
    name: `requests per minute to probe more than ${largeRequest} domains`,
    value: largeRequestsPerMinute,
  };
  return async (
    request: FastifyRequest,
  ): Promise<{ readonly limit: NamedLimit; readonly seconds: number } | null> => {
    const counted = await count(request);
    return counted.isAllowed || !counted.isExceeded ? null : { limit, seconds: counted.ttlInSeconds };
  };
}

export function sendTooMany(reply: FastifyReply, limit: NamedLimit, seconds?: number): FastifyReply {
  if (seconds !== undefined) reply.header('retry-after', seconds);
  const { message } = tooMany(limit, seconds === undefined ? 'a while' : `${seconds} seconds`);
  return sendProblem(reply, { ...problem(429, 'too_many', 'Too many requests', message), limit });
}

function sendTooManyAtATime(reply: FastifyReply): FastifyReply {
  return sendTooMany(reply, { name: 'waiting requests', value: mostWaiting }, 1);
}

function tooMany(limit: NamedLimit | undefined, after: string): Error & { statusCode: number } {
  const which = limit === undefined ? '' : `${limit.name} is ${limit.value}; `;
  const message = `${which}too many requests for this account: try again in ${after}`;
  return Object.assign(new Error(message), {
    statusCode: 429,
    code: 'too_many',
    ...(limit ? { limit } : {}),
  });
}

/** Who a change is counted for. Admins have a count of their own, so that a busy account does not keep them out. */
function payer({ params, principal }: FastifyRequest): string {
  if (principal === null || principal.account === null) return ownerOf(principal);
  const { account = '' } = params as { account?: string };
  return may(principal, 'edit_account', account) ? `account ${account}` : `refused ${ownerOf(principal)}`;
}

function ownerOf(principal: Principal | null): string {
  return principal?.account ?? `of ${principal?.name}`;
}

/** Whether the body has more than `most` values, at any depth. */
function isBeyond(body: unknown, most: number): boolean {
  const open: unknown[] = [body];
  for (let seen = 0; open.length > 0; seen += 1) {
    if (seen > most || open.length > most) return true;
    const value = open.pop();
    if (typeof value !== 'object' || value === null) continue;
    const inside = Array.isArray(value) ? value : Object.values(value);
    if (inside.length > most) return true;
    open.push(...inside);
  }
  return false;
}

/** A request for probes may name thousands of domains, an addition names one, and files with hundreds are applied. */
const additionsPerRequest = 10;

/** For a route's `config`; each has a count of its own. */
export const probeLimit = ({ probesPerMinute }: Pick<Limits, 'probesPerMinute'>) =>
  limited({ name: 'http.probesPerMinute', value: probesPerMinute }, 'edit_account');

export const additionLimit = ({ probesPerMinute }: Pick<Limits, 'probesPerMinute'>) =>
  limited(tenTimes(probesPerMinute), 'edit_account');

/** Following probes reads each of them. */
export const streamLimit = ({ probesPerMinute }: Pick<Limits, 'probesPerMinute'>) =>
  limited(tenTimes(probesPerMinute), 'read_account');

const tenTimes = (probesPerMinute: number): NamedLimit => ({
  name: `${additionsPerRequest} times http.probesPerMinute`,
  value: probesPerMinute * additionsPerRequest,
});

/** A change of addresses counts as an addition, because it probes them. Known only once the body has been read. */
export function addressLimit(limits: Pick<Limits, 'probesPerMinute'>) {
  const { rateLimit, limit } = additionLimit(limits);
  const allowList = ({ body }: FastifyRequest) => !(body as { connect?: unknown } | undefined)?.connect;
  return { rateLimit: { ...rateLimit, hook: 'preHandler' as const, allowList }, limit };
}

function limited(limit: NamedLimit, action: Action) {
  return {
    limit,
    rateLimit: {
      max: limit.value,
      timeWindow: minuteMs,
      // A caller without permission must neither use up the account's share nor learn how much is left.
      keyGenerator: ({ params, principal }: FastifyRequest) => {
        const { account } = params as { account: string };
        const allowed = principal !== null && may(principal, action, account);
        return allowed ? `account ${account}` : `refused ${principal?.account} ${principal?.name}`;
      },
    },
  };
}
