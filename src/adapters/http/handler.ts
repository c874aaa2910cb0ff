/** The handlers behind the routes. A handler is called only for a permitted request, with its parts already validated. */
import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Principal } from '../../core/access.ts';
import type { Stored } from '../../flow/admin/admin-store.ts';
import type { Actor, Refused } from '../../flow/admin/outcome.ts';
import type { Route, RouteTable } from '../../wire/route.ts';

type Read<R, Part extends string> =
  R extends Readonly<Record<Part, infer Schema extends z.ZodType>> ? z.output<Schema> : undefined;

export interface Asked<R extends Route> {
  readonly params: Read<R, 'params'>;
  readonly query: Read<R, 'query'>;
  readonly body: Read<R, 'body'>;
  readonly principal: Principal;
  readonly actor: Actor;
  /** For streams, and for requests that are aborted. */
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** What a conditional change (If-Match) is compared with. */
export interface Bound {
  /** null: there is nothing to compare with. */
  readonly stored: Stored<unknown> | null;
  /** The text that the caller's tag stands for; undefined if the change is unconditional. */
  readonly expected: string | undefined;
}

type Statuses<R extends Route> = keyof R['answers'] & number;
export type BodyOf<R extends Route> = z.input<Extract<R['answers'][keyof R['answers']], z.ZodType>>;

interface Answered<Body, Status> {
  readonly body: Body;
  /** Left out: the route's first. */
  readonly status?: Status;
  /** Its ETag is sent with the answer. */
  readonly tag?: Stored<unknown>;
}

/** The answer, a refusal, or `sent` if the handler has replied itself. */
export type Result<Body, Status = never> = Answered<Body, Status> | Refused | 'sent';

/** For a handler that has replied itself. A reply is thenable, so returning it would wait until it has been sent. */
export function sent(_reply: FastifyReply): 'sent' {
  return 'sent';
}

interface Limited {
  /** Rate limits and turns (request-limits.ts). */
  readonly config?: FastifyContextConfig;
  /** The largest body, in bytes; left out: that of every other request. */
  readonly bodyLimit?: number;
}

interface Plain<R extends Route> extends Limited {
  readonly answer: (asked: Asked<R>) => Promise<Result<BodyOf<R>, Statuses<R>>>;
}

interface Conditional<R extends Route, S extends Stored<unknown> = Stored<unknown>> extends Limited {
  /** Reads what the caller's tag is compared with. */
  readonly stored: (asked: Asked<R>) => Promise<S | null>;
  readonly answer: (asked: Asked<R> & Bound) => Promise<Result<BodyOf<R>, Statuses<R>>>;
}

export type Handler<R extends Route> = R extends { readonly ifMatch: true } ? Conditional<R> : Plain<R>;

/** A handler for each route of a table. */
export type Handlers<Table extends RouteTable> = { readonly [id in keyof Table]: Handler<Table[id]> };
