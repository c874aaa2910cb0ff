/** What bench/flat.ts measures for one number of domains and workers, and writes to its JSON file. */
export interface FlatRow {
  readonly domains: number;
  /** The measured one is one of so many. */
  readonly workers: number;
  /** CPU for each domain, in microseconds: of the process that plans the round. */
  readonly planUs: number;
  /** Of a worker, for each domain that it probes. */
  readonly probeUs: number;
  /** Of Redis, for both. */
  readonly redisUs: number;
  /** For both. */
  readonly commands: number;
  /** For each domain, in a store of settled domains, while no round is planned. */
  readonly redisBytes: number;
  /** What the worker remembers, for each domain of the installation. */
  readonly workerBytes: number;
  /** CPU time of the longest turn of the event loop, in milliseconds; null if there is no /proc. */
  readonly planTurnMs: number | null;
  readonly probeTurnMs: number | null;
  /** The share of domains that were judged anew. */
  readonly judged: number;
}
