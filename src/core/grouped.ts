/** At least one item, all with the same key. */
export type Group<T> = readonly [T, ...T[]];

/** Items with the same key together, in the order in which each key came first. */
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
