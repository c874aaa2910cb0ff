/** What bench/flat.ts measures for one number of domains and workers, and writes to its JSON file. */
export interface FlatRow {
  readonly domains: number;
  readonly workers: number;
  /** For each domain, in microseconds. */
  readonly planUs: number;
  readonly probeUs: number;
  readonly redisUs: number;
  readonly commands: number;
  readonly redisBytes: number;
  readonly longestBlockMs: number;
  /** Domains that were judged anew, as the worker did not know them. */
  readonly judged: number;
}
