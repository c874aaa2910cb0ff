/** The OpenAPI document, generated from the table of routes. */
import { STATUS_CODES } from 'node:http';
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ifMatch } from '../../wire/if-match.ts';
import { answerSchemas, requestSchemas } from '../../wire/named.ts';
import { problemDetails } from '../../wire/problem.ts';
import { type Route, type RouteTable, tags } from '../../wire/route.ts';
import { routes } from '../../wire/routes.ts';

type JsonSchema = Record<string, unknown>;

const description = `Registers domains and their pins, reports what the last probe found, and runs probes on demand.

Every request needs a token. While the installation has no token at all, requests from its own machine need none.
Every refusal is a problem (RFC 9457) with a \`code\` for programs. To make a change conditional on what you have read,
send the \`ETag\` of the answer as \`If-Match\`.`;

/** To be called before the routes are registered. */
export async function registerOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'pinwatch',
        version,
        description,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: Object.entries(tags).map(([name, text]) => ({ name, description: text })),
      components: {
        schemas: { ...named(requestSchemas, 'input'), ...named(answerSchemas, 'output') },
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer' },
          password: { type: 'http', scheme: 'basic', description: 'Any user name, the token as password.' },
        },
      },
      security: [{ token: [] }, { password: [] }],
    },
    transform: ({ schema, url }) => {
      const { operationId = '' } = (schema ?? {}) as { operationId?: string };
      const route = (routes as RouteTable)[operationId];
      return { url, schema: { operationId, ...(route === undefined ? { hide: true } : described(route)) } };
    },
  });
}

/** A route in the form that the plugin expects, with JSON schemas. */
function described({
  tag,
  summary,
  params,
  query,
  body,
  answers,
  events,
  ifMatch: isBound,
}: Route): JsonSchema {
  const successes = Object.entries(answers).map(([status, schema]) => [
    status,
    events ? stream(schema, events) : success(status, schema),
  ]);
  return {
    tags: [tag],
    summary,
    ...(params ? { params: plain(params) } : {}),
    ...(query ? { querystring: plain(query) } : {}),
    ...(isBound ? { headers: plain(ifMatch) } : {}),
    ...(body ? { body: reference(requestSchemas, body) } : {}),
    response: {
      ...Object.fromEntries(successes),
      '4XX': refusal('The request was refused.'),
      '5XX': refusal('The request cannot be carried out now.'),
    },
  };
}

function success(status: string, schema: z.ZodType): JsonSchema {
  if (status === '204') return plain(schema);
  const description = STATUS_CODES[status] ?? '';
  return { description, content: { 'application/json': { schema: reference(answerSchemas, schema) } } };
}

/** OpenAPI 3.1 cannot describe single events: the schema is that of any event's data. */
function stream({ description }: z.ZodType, events: NonNullable<Route['events']>): JsonSchema {
  const anyOf = Object.values(events).map((schema) => reference(answerSchemas, schema));
  return { description, content: { 'text/event-stream': { schema: { anyOf } } } };
}

function refusal(description: string): JsonSchema {
  const schema = reference(answerSchemas, problemDetails);
  return { description, content: { 'application/problem+json': { schema } } };
}

type Registry = z.core.$ZodRegistry<{ id: string }>;

const uri = (id: string) => `#/components/schemas/${id}`;

function reference(registry: Registry, schema: z.ZodType): JsonSchema {
  const id = registry.get(schema)?.id;
  if (id === undefined) throw new Error('a body or an answer of the API has no name');
  return { $ref: uri(id) };
}

/** Every named schema; schemas inside others are references. */
function named(registry: Registry, io: 'input' | 'output'): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(registry, { io, uri, unrepresentable: 'any' });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, withoutIdentity(schema)]));
}

/** Parameters in the path, the query or the headers. */
function plain(schema: z.ZodType): JsonSchema {
  return withoutIdentity(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
}

/** Only a standalone schema names its dialect and id. */
function withoutIdentity({ $schema: _dialect, $id: _id, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
