/** One or more items with the same key. */
export type Group<T> = readonly [T, ...T[]];

/** Groups items by key, in the order in which the keys first appear. */
export function grouped<T>(items: Iterable<T>, keyOf: (item: T) => string): Group<T>[] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
