import type { ApiOptions } from '../api-options.ts';
import type { Sessions } from './sessions.ts';

export interface PageOptions extends ApiOptions {
  readonly sessions: Sessions;
  /** Where the runbook is; null: unknown. Read at each request. */
  readonly runbookUrl: () => string | null;
}
