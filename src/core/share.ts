/**
 * Which of several workers a domain belongs to: the one whose number, hashed together with the domain, comes out highest
 * (rendezvous hashing). When a worker comes or goes, only the domains that it gets, or had, change hands. null: there
 * are no two, so it is all the same.
 *
 * `hash`: of the domain, 32 bits.
 */
export function shareOf(hash: number, workers: readonly number[]): number | null {
  if (workers.length < 2) return null;
  let highest = -1;
  let owner: number | null = null;
  for (const worker of workers) {
    const weight = mixed(hash ^ Math.imul(worker, 0x9e3779b1));
    if (weight <= highest) continue;
    highest = weight;
    owner = worker;
  }
  return owner;
}

/** The finalizer of MurmurHash3: each bit of the result depends on each bit of the input. */
function mixed(bits: number): number {
  let hash = bits;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
