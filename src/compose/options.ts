/** The options for the parts of the composition root. */
import type { Logger } from '../adapters/log/logger.ts';
import type { Config } from '../config/config.ts';
import type { LoadedConfig } from '../config/load.ts';

/** `run` is all in one; `server` schedules, provisions and shows the shared state; `worker` probes and delivers. */
export type ProcessRole = 'run' | 'server' | 'worker';

export type Log = Logger;
export type Closer = () => Promise<void>;

export interface ServiceOptions {
  /** As of the start. What can change without a restart is read from `Settings`. */
  readonly config: Config;
  /** Reads the file again. */
  readonly read: () => Promise<LoadedConfig>;
  readonly role: ProcessRole;
  readonly log: Log;
  /** PATH, for finding a redis-server. */
  readonly path: string;
  /** Aborts a waiting start: `composeService` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}
