/** Registers the routes of the table, with their common parts: permission, If-Match, refusals, ETag. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { ifMatch } from '../../wire/if-match.ts';
import type { Route } from '../../wire/route.ts';
import { type Routes, routes } from '../../wire/routes.ts';
import { actorOf, deny, permit } from './access.ts';
import { expectedText } from './conditional.ts';
import type { Asked, Bound, Handlers, Result } from './handler.ts';
import { refused } from './problem.ts';
import { etagOf } from './views.ts';

export function serveRoutes(app: FastifyInstance, handlers: Handlers<Routes>): void {
  for (const [operationId, route] of Object.entries<Route>(routes)) {
    // `Handlers` has checked each handler against its route; here they are all treated alike.
    const handler = handlers[operationId as keyof Routes] as unknown as AnyHandler;
    app.route({
      method: route.method,
      url: route.path,
      schema: { operationId, ...schemasOf(route) },
      ...(handler.config ? { config: handler.config } : {}),
      ...(handler.bodyLimit ? { bodyLimit: handler.bodyLimit } : {}),
      handler: (request, reply) => serve(route, handler, request, reply),
    });
  }
}

interface AnyHandler extends Pick<Handlers<Routes>['addDomain'], 'config' | 'bodyLimit'> {
  readonly stored?: (asked: Asked<Route>) => Promise<Bound['stored']>;
  readonly answer: (asked: Asked<Route> & Partial<Bound>) => Promise<Result<unknown, number>>;
}

/** The schemas that fastify validates a request with, under fastify's names. */
function schemasOf({ params, query, body, ifMatch: isBound }: Route): Record<string, z.ZodType> {
  return {
    ...(isBound ? { headers: ifMatch } : {}),
    ...(params ? { params } : {}),
    ...(query ? { querystring: query } : {}),
    ...(body ? { body } : {}),
  };
}

async function serve(
  route: Route,
  { stored, answer }: AnyHandler,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { principal, params, query, body } = request;
  if (principal === null) return deny(reply, 401);
  if (!isPermitted(route, request, reply)) return reply;
  const asked = { params, query, body, principal, actor: actorOf(request), request, reply } as Asked<Route>;
  const bound = stored === undefined ? {} : await boundBy(stored, asked);
  if (bound === null) return reply;
  const result = await answer({ ...asked, ...bound });
  if (result === 'sent') return reply;
  if ('refusal' in result) return refused(reply, result.refusal);
  const { status = Number(Object.keys(route.answers)[0]), tag, body: answered } = result;
  if (tag !== undefined) reply.header('etag', etagOf(tag));
  return reply.code(status).send(answered);
}

/** false: the request has been answered. */
function isPermitted({ may }: Route, request: FastifyRequest, reply: FastifyReply): boolean {
  if (may === 'any token') return true;
  const action = typeof may === 'function' ? may(request.query as never) : may;
  const { account } = request.params as { account?: string };
  return permit(request, reply, action, account ?? null);
}

/** null: it has changed since the caller read it, and the request has been answered. */
async function boundBy(
  stored: NonNullable<AnyHandler['stored']>,
  asked: Asked<Route>,
): Promise<Bound | null> {
  const found = await stored(asked);
  const expected = expectedText(asked.request, asked.reply, found);
  return expected === false ? null : { stored: found, expected };
}
