/** What orders bundles. It only rises in a client. */
export interface Tuple {
  readonly generation: number;
  readonly version: number;
  /** Of the configuration, seconds since 1970. */
  readonly issuedAt: number;
}

/** Negative if `a` is the lower one, 0 if they are equal. */
export function compareTuples(a: Tuple, b: Tuple): number {
  return a.generation - b.generation || a.version - b.version || a.issuedAt - b.issuedAt;
}
