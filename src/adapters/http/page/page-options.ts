import type { Principal } from '../../../core/access.ts';
import type { ApiOptions } from '../api-options.ts';
import type { Sessions } from './sessions.ts';

export interface PageOptions extends ApiOptions {
  readonly sessions: Sessions;
  /** Where the runbook is; null: unknown. Read at each request. */
  readonly runbookUrl: () => string | null;
  /** A session was opened, from this address. */
  readonly onSignIn: (principal: Principal, address: string | null) => void;
}
