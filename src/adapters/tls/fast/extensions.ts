import type { Cursor } from './cursor.ts';
import { Surprise } from './surprise.ts';

export type Extensions = ReadonlyMap<number, Buffer>;

/** A list of extensions: each at most once, and none that is not `allowed` there (RFC 8446, section 4.2). */
export function readExtensions(cursor: Cursor, allowed: readonly number[]): Extensions {
  const list = cursor.within(2);
  const found = new Map<number, Buffer>();
  while (!list.isDone) {
    const type = list.number(2);
    if (!allowed.includes(type)) throw new Surprise('an extension that nobody asked for');
    if (found.has(type)) throw new Surprise('an extension twice');
    found.set(type, list.vector(2));
  }
  return found;
}
