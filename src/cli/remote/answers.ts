/** What the API answers with, as far as the commands use it. Times are RFC 3339 in UTC. */
import type { Check, Verdict } from '../../core/check.ts';
import type { KeyType } from '../../core/observation.ts';
import type { Pin } from '../../core/pin.ts';
import type { Platform } from '../../core/platforms.ts';

export interface AccountAnswer {
  readonly name: string;
  readonly contacts: readonly string[];
  readonly notify: Readonly<Record<string, string | number>>;
  readonly platforms: readonly Platform[] | null;
  /** Where it differs from what every account may have. */
  readonly limits?: Readonly<Record<string, number>>;
  readonly provisionedBy: string | null;
}

export interface DomainSummary {
  readonly name: string;
  readonly verdict: Verdict | null;
  readonly pins: number;
  /** Kinds of open incidents. */
  readonly open: readonly string[];
  readonly lastProbeAt: string | null;
  readonly mutedUntil: string | null;
  readonly provisionedBy: string | null;
  /** What is stored of it makes no sense. */
  readonly unreadable?: boolean;
}

export interface NotedPin {
  readonly pin: Pin;
  readonly seen: boolean | null;
  readonly note: string | null;
  readonly by: string | null;
  readonly at: string | null;
}

export interface IncidentAnswer {
  readonly incident: string;
  readonly domain: string;
  readonly kind: string;
  readonly severity: string;
  readonly since: string;
  readonly lastToldAt: string | null;
  readonly acknowledged: { readonly by: string; readonly at: string; readonly note: string } | null;
}

export interface TransitionAnswer {
  readonly incident: string;
  readonly kind: string;
  readonly transition: string;
  readonly severity: string;
  readonly at: string;
  readonly codes: readonly string[];
}

export interface DomainAnswer {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly pins: readonly NotedPin[];
  readonly connect: readonly string[] | null;
  readonly keyTypes: readonly KeyType[] | null;
  readonly alpn: readonly string[] | null;
  readonly platforms: readonly Platform[] | null;
  readonly ca: string | null;
  readonly provisionedBy: string | null;
  readonly mutedUntil: string | null;
  readonly verdict: Verdict | null;
  readonly lastProbeAt: string | null;
  readonly lastConclusiveProbeAt: string | null;
  readonly incidents: readonly IncidentAnswer[];
  readonly history: readonly TransitionAnswer[];
  readonly check: Check | null;
}

/** Of an addition, or of its preview. */
export interface AddedDomainAnswer extends DomainAnswer {
  readonly check: Check;
  readonly pinned: readonly Pin[];
}

export interface ProbeAnswer {
  readonly id: string;
  readonly domain: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly verdict: Verdict | null;
  readonly check: Check | null;
}

export interface TokenAnswer {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly account: string | null;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
}

export interface AuditAnswer {
  readonly at: string;
  readonly by: string;
  readonly from: string | null;
  readonly action: string;
  readonly target: string;
  readonly detail: string;
}
