/** What stands behind a route: it is asked only by whoever may, with what they sent already read. */
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
  /** For what is not a question and an answer: streams, and requests that hang up. */
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** A change of what the asker has seen (If-Match). */
export interface Bound {
  /** What is stored; null: nothing, or nothing that a tag could be of. */
  readonly stored: Stored<unknown> | null;
  /** The text that the asker has seen; undefined if they don't say. */
  readonly expected: string | undefined;
}

type Statuses<R extends Route> = keyof R['answers'] & number;
export type BodyOf<R extends Route> = z.input<Extract<R['answers'][keyof R['answers']], z.ZodType>>;

interface Answered<Body, Status> {
  readonly body: Body;
  /** The first of the route's if left out. */
  readonly status?: Status;
  /** What it is about: its ETag goes out with the answer. */
  readonly tag?: Stored<unknown>;
}

/** The answer, why there is none, or that it has gone out already. */
export type Result<Body, Status = never> = Answered<Body, Status> | Refused | 'sent';

/** What a handler gives that has answered by the reply itself, which is thenable: returned, it would be waited for. */
export function sent(_reply: FastifyReply): 'sent' {
  return 'sent';
}

interface Limited {
  /** How much of it an account may ask for (request-limits.ts). */
  readonly config?: FastifyContextConfig;
}

interface Plain<R extends Route> extends Limited {
  readonly answer: (asked: Asked<R>) => Promise<Result<BodyOf<R>, Statuses<R>>>;
}

interface Conditional<R extends Route, S extends Stored<unknown> = Stored<unknown>> extends Limited {
  /** What the tag is compared with. */
  readonly stored: (asked: Asked<R>) => Promise<S | null>;
  readonly answer: (asked: Asked<R> & Bound) => Promise<Result<BodyOf<R>, Statuses<R>>>;
}

export type Handler<R extends Route> = R extends { readonly ifMatch: true } ? Conditional<R> : Plain<R>;

/** One for each route of a table. */
export type Handlers<Table extends RouteTable> = { readonly [id in keyof Table]: Handler<Table[id]> };
