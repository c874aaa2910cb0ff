import { type Parsed, parsed, refused } from '../../core/parsed.ts';
import { newerSchemaReason, storeSchema } from '../../core/store-schema.ts';

/** A value that a newer version has stored: it is not read, does not count as unreadable, and stays as it is. */
export class NewerSchema extends Error {}

/** Throws a TypeError if the text is not a JSON object, and NewerSchema. */
export function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TypeError('expected JSON, found another text');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`expected a JSON object, found ${Array.isArray(value) ? 'a list' : typeof value}`);
  }
  const { v } = value as { v?: unknown };
  if (typeof v === 'number' && v > storeSchema) throw new NewerSchema(newerSchemaReason(v));
  return value as Record<string, unknown>;
}

/** The result of `read`, or why the value can't be read. Throws NewerSchema. */
export function attempt<T>(read: () => T): Parsed<T> {
  try {
    return parsed(read());
  } catch (error) {
    if (error instanceof NewerSchema) throw error;
    return refused((error as Error).message);
  }
}
