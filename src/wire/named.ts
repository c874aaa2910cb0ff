/**
 * The components of the OpenAPI document: each schema that has a name stands there once, and generated clients call their
 * types by it. A request is described as it is sent, an answer as it comes, so that each has a registry of its own.
 */
import { z } from 'zod';

export const requestSchemas = z.registry<{ id: string }>();
export const answerSchemas = z.registry<{ id: string }>();

/** Names the body of a request. */
export function request<T extends z.ZodType>(name: string, schema: T): T {
  requestSchemas.add(schema, { id: name });
  return schema;
}

/** Names an answer, or a part of one. */
export function answer<T extends z.ZodType>(name: string, schema: T): T {
  answerSchemas.add(schema, { id: name });
  return schema;
}

/** Names what stands in requests and answers alike: it must read the same both ways. */
export function shared<T extends z.ZodType>(name: string, schema: T): T {
  return request(name, answer(name, schema));
}
