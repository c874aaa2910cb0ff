import type { Cluster, Redis } from 'ioredis';

/** Fields per step, about: Redis does nothing else meanwhile, and this process handles them at once. */
const pageSize = 500;

/**
 * Every field of a hash with its value, one page at a time, in no order. A field that exists throughout is returned once;
 * one that is added or removed meanwhile may be returned or not.
 */
export async function* hashPages(
  redis: Redis | Cluster,
  key: string,
): AsyncGenerator<readonly (readonly [field: string, value: string])[]> {
  // Redis may give a field twice while it resizes the hash.
  const seen = new Set<string>();
  let cursor = '0';
  do {
    const [next, flat] = await redis.hscan(key, cursor, 'COUNT', pageSize);
    const isWhole = cursor === '0' && next === '0';
    const page: [string, string][] = [];
    for (let at = 0; at < flat.length; at += 2) {
      const field = flat[at] ?? '';
      if (!isWhole) {
        if (seen.has(field)) continue;
        seen.add(field);
      }
      page.push([field, flat[at + 1] ?? '']);
    }
    if (page.length > 0) yield page;
    cursor = next;
  } while (cursor !== '0');
}
