/**
 * The named components of the OpenAPI document, which generated clients turn into types. Requests are described as they
 * are sent and answers as they are received, so each kind has its own registry.
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

/** Names a schema that requests and answers share. It must look the same in both directions: no defaults, no transforms. */
export function shared<T extends z.ZodType>(name: string, schema: T): T {
  return request(name, answer(name, schema));
}
