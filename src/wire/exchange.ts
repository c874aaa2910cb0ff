/** The requests and answers of each operation, as types only: a client that uses them does not load the schemas. */
import type { z } from 'zod';
import type { Route } from './route.ts';
import type { Routes } from './routes.ts';

export type OperationId = keyof Routes;

type Schema<Id extends OperationId, Part extends keyof Route> =
  Routes[Id] extends Readonly<Record<Part, infer Found extends z.ZodType>> ? Found : never;

/** A request is only read. */
type Sent<T> = T extends readonly (infer Item)[]
  ? readonly Sent<Item>[]
  : T extends object
    ? { readonly [key in keyof T]: Sent<T[key]> }
    : T;

/** Everything in a URL is text, so numbers and booleans may be given as they are. */
type Texts<T> = { readonly [key in keyof T]: string extends T[key] ? T[key] | number | boolean : T[key] };

export type ParamsOf<Id extends OperationId> = Readonly<z.input<Schema<Id, 'params'>>>;
export type QueryOf<Id extends OperationId> = Texts<z.input<Schema<Id, 'query'>>>;
export type BodyOf<Id extends OperationId> = Sent<z.input<Schema<Id, 'body'>>>;

/** The answer on success. */
export type AnswerOf<Id extends OperationId> = z.output<
  Extract<Routes[Id]['answers'][keyof Routes[Id]['answers']], z.ZodType>
>;

/** The operations that answer with a stream of server-sent events. */
export type StreamId = {
  [id in OperationId]: Routes[id] extends { events: object } ? id : never;
}[OperationId];

/** One event, by its name. */
export type EventOf<Id extends StreamId> = {
  [name in keyof Routes[Id]['events']]: {
    readonly event: name;
    readonly data: z.output<Extract<Routes[Id]['events'][name], z.ZodType>>;
  };
}[keyof Routes[Id]['events']];

type Given<Id extends OperationId, Part extends keyof Route, Value> = [Schema<Id, Part>] extends [never]
  ? object
  : { readonly [part in Part]: Value };

type MayBeGiven<Id extends OperationId, Part extends keyof Route, Value> = [Schema<Id, Part>] extends [never]
  ? object
  : { readonly [part in Part]?: Value };

/** The parts of an operation's request. `ifMatch`: the ETag of an earlier answer; null makes no condition. */
export type RequestOf<Id extends OperationId> = Given<Id, 'params', ParamsOf<Id>> &
  MayBeGiven<Id, 'query', QueryOf<Id>> &
  Given<Id, 'body', BodyOf<Id>> &
  (Routes[Id] extends { readonly ifMatch: true } ? { readonly ifMatch?: string | null } : object);
