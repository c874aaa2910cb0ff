import type { Principal } from '../../../core/access.ts';
import type { Actor, Refused } from '../../../flow/admin/outcome.ts';
import type { AdminPorts } from '../api-options.ts';
import type { View } from './document.ts';
import type { Links } from './links.ts';

/** What a view is built from. The caller may see what it is about. */
export interface Asked<Params = unknown, Query = unknown> {
  readonly params: Params;
  readonly query: Query;
  readonly principal: Principal;
  readonly actor: Actor;
  readonly links: Links;
  readonly ports: AdminPorts;
  /** Where the runbook is; its headings are finding codes. null: unknown. */
  readonly runbookUrl: string | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export type Viewed = Promise<View | Refused>;
