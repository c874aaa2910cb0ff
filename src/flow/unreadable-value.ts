/** A value in the store that makes no sense: damaged, or written by another program. It must affect nothing else. */
export interface UnreadableValue {
  /** Its key in Redis. */
  readonly key: string;
  /** Its field or position in that key; null for the whole key. */
  readonly field: string | null;
  readonly account: string | null;
  readonly domain: string | null;
  /** What was expected, and what was found. */
  readonly problem: string;
  /** What a person can do about it; left out: remove it, then add it again. */
  readonly remedy?: string;
}
