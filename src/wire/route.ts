/** What an entry of the table of routes says. The server registers it, the OpenAPI document describes it, the CLI asks by it. */
import type { z } from 'zod';
import type { Action } from '../core/access.ts';

export const tags = {
  accounts: 'Accounts: who is told, and how.',
  domains: 'Domains of an account: what its apps connect to.',
  pins: 'Pins of a domain.',
  incidents: 'Open incidents of an account.',
  probes: 'Probes on demand, ahead of the schedule.',
  tokens: 'Tokens for the API and the metrics.',
  audit: 'Who changed what.',
} as const;
export type Tag = keyof typeof tags;

/**
 * The action that the asker needs permission for, on the account in the path, or on none if the path names none.
 * `any token`: whoever is let in at all. A function if it depends on the query.
 */
export type Permission = Action | 'any token' | ((query: never) => Action);

export type Status = 200 | 201 | 202 | 204;

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/v1`. `:name` stands for one of `params`. */
  readonly path: `/${string}`;
  readonly may: Permission;
  readonly tag: Tag;
  readonly summary: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  /** A named schema (named.ts). */
  readonly body?: z.ZodType;
  /** The change can be bound to what the asker has seen (if-match.ts). */
  readonly ifMatch?: true;
  /** Of success, by status: named schemas. A refusal is always a problem (problem.ts). */
  readonly answers: { readonly [status in Status]?: z.ZodType };
  /** Left out unless the answer is a stream of server-sent events: the data of each, by its name. */
  readonly events?: { readonly [event: string]: z.ZodType };
}

/** By operation id. */
export interface RouteTable {
  readonly [operationId: string]: Route;
}
