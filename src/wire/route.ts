/** An entry of the table of routes. The server registers it, the OpenAPI document describes it, and the CLI's client uses it. */
import type { z } from 'zod';
import type { Action } from '../core/access.ts';

export const tags = {
  accounts: 'Accounts: who is notified, and how.',
  domains: 'The hosts that the apps of an account connect to.',
  pins: 'The pins of a domain.',
  'pin sets': 'What app versions ship with, watched beside the pins of the domains.',
  config: 'The signed configuration that delivers the pins of an account to its apps.',
  rotations: 'The replacement of a key, step by step.',
  incidents: 'The open incidents of an account.',
  probes: 'Probes on demand, ahead of the schedule.',
  tokens: 'Tokens for the API and the metrics.',
  audit: 'Who changed what.',
  configuration: 'The configuration file of this process.',
} as const;
export type Tag = keyof typeof tags;

/**
 * The action that the caller needs permission for, on the account in the path if it has one. `any token`: every
 * authenticated caller. A function if it depends on the query.
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
  /** The caller can make the change conditional on what it has read (if-match.ts). */
  readonly ifMatch?: true;
  /** By the status of success: named schemas. A refusal is always a problem (problem.ts). */
  readonly answers: { readonly [status in Status]?: z.ZodType };
  /** Only for a stream of server-sent events: the schema of each event's data, by the event's name. */
  readonly events?: { readonly [event: string]: z.ZodType };
}

/** By operation id. */
export interface RouteTable {
  readonly [operationId: string]: Route;
}
