/** What the API is made of, for the routes that are parts of it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RateLimitPluginOptions } from '@fastify/rate-limit';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Administration } from '../../flow/admin/administration.ts';
import type { AccessOptions } from './access.ts';
import type { PrefixOf } from './path-prefix.ts';

export interface ApiOptions {
  readonly administration: Administration;
  readonly access: AccessOptions;
  readonly version: string;
  /** Requests for probes that one account may make in a minute, and ten times as many additions of domains. */
  readonly probesPerMinute: number;
  /** Changes that one account may make in a minute, and every admin. */
  readonly changesPerMinute: number;
  /** The Redis that these are counted in, so that all processes share one count. */
  readonly counter: NonNullable<RateLimitPluginOptions['redis']>;
  /** null while the store can be used; else why not: the API then answers 503 at once. */
  readonly trouble: () => string | null;
  readonly prefixOf: PrefixOf;
}

export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;
