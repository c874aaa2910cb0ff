/** Elements merged before the event loop runs: sorting 100,000 at once would block it for 40 ms. */
const mergedPerTurn = 10_000;

/** Elements sorted at once, in a millisecond: several accounts are read at a time. Merging takes longer for each. */
const sortedPerTurn = 2_000;

/** Sorts pages into one list by `key`, a few elements at a time. */
export async function sorted<T>(pages: AsyncIterable<T[]>, key: (element: T) => string): Promise<T[]> {
  const isBefore = (a: T, b: T) => key(a) < key(b);
  let merged = 0;

  async function merge(a: readonly T[], b: readonly T[]): Promise<T[]> {
    const all: T[] = [];
    let i = 0;
    let j = 0;
    while (i < a.length && j < b.length) {
      const left = a[i] as T;
      const right = b[j] as T;
      if (isBefore(right, left)) {
        all.push(right);
        j += 1;
      } else {
        all.push(left);
        i += 1;
      }
      merged += 1;
      if (merged % mergedPerTurn === 0) await new Promise(setImmediate);
    }
    return all.concat(a.slice(i), b.slice(j));
  }

  let lists: T[][] = [];
  let gathered: T[] = [];
  const sortGathered = () => {
    if (gathered.length > 0) lists.push(gathered.sort((a, b) => (isBefore(a, b) ? -1 : 1)));
    gathered = [];
  };
  for await (const page of pages) {
    gathered = gathered.concat(page);
    if (gathered.length >= sortedPerTurn) sortGathered();
  }
  sortGathered();
  while (lists.length > 1) {
    const pairs: T[][] = [];
    for (let at = 0; at < lists.length; at += 2)
      pairs.push(await merge(lists[at] ?? [], lists[at + 1] ?? []));
    lists = pairs;
  }
  return lists[0] ?? [];
}
