import type { AppsConnect } from '../core/apps-connect.ts';
import type { Verdict } from '../core/check.ts';
import type { FindingCode } from '../core/finding.ts';
import type { Transition } from '../core/incident.ts';
import type { FailureCode } from '../core/observation.ts';
import type { FailureReport } from './admin/auth-failures.ts';
import type { DomainRef } from './probe-store.ts';
import type { UnreadableValue } from './unreadable-value.ts';

/** What happened, for those who count and log. A closed union: every kind has its line in the log. */
export type Happening =
  | {
      kind: 'probed';
      ref: DomainRef;
      verdict: Verdict;
      apps: AppsConnect;
      /** Another verdict than the last probe's, or the first. */
      isNew: boolean;
      seconds: number;
      confirmed: boolean;
      codes: readonly FindingCode[];
      /** Why endpoints could not be judged, each once, without key types that are not served. */
      failures: readonly FailureCode[];
    }
  /** Of the connections that one probe made to an endpoint, some were bad and some were not. */
  | {
      kind: 'disagreed';
      ref: DomainRef;
      endpoint: string;
      about: 'pin_mismatch' | 'untrusted';
      bad: number;
      of: number;
    }
  | { kind: 'transition'; ref: DomainRef; transition: Transition }
  | { kind: 'swept'; sweep: string; domains: number; late: number; seconds: number }
  | { kind: 'scheduler_repaired'; reason: string }
  /** Jobs waited for a moment further ahead than any can be. */
  | { kind: 'jobs_replanned'; jobs: number }
  /**
   * The time of day of this machine was set, by so many seconds: negative where it was set back. `seen` false: what was stored
   * before this process started is ahead by so much, by a clock that has been set back since, or another machine's.
   */
  | { kind: 'clock_stepped'; seconds: number; seen: boolean }
  /** The clock of this machine is so many seconds ahead of that of Redis: negative where it is behind. */
  | { kind: 'clock_differs'; seconds: number }
  /** A sweep is due since then (RFC 3339), and no worker takes it. */
  | { kind: 'sweep_unclaimed'; since: string }
  /** For every process; until somebody resumes it nothing of it is done. */
  | { kind: 'queue_paused'; queue: string }
  | { kind: 'queue_resumed'; queue: string }
  | {
      kind: 'delivered';
      account: string;
      letter: string;
      recipient: string;
      outcome: 'sent' | 'failed_temporary' | 'failed_permanent';
      /** The mail server's receipt or the file written; where it failed, why. */
      detail: string;
      notices: number;
      /** From each transition to now, in seconds. */
      delays: readonly number[];
    }
  | ({ kind: 'unreadable' } & UnreadableValue)
  /** A request whose credentials were not accepted. Counted; the log has the next kind. */
  | { kind: 'auth_failed' }
  | ({ kind: 'auth_failures' } & FailureReport)
  /** The store is another than the one last seen: nobody is let in. */
  | { kind: 'store_closed'; reason: string }
  /** A newer version has used the store: this process stops its work. */
  | { kind: 'store_newer'; reason: string }
  /** What was remembered of the store is there, and makes no sense. */
  | { kind: 'store_unreadable'; reason: string }
  /** A person has said that it may be, or it is the one last seen again. */
  | { kind: 'store_adopted' }
  /** Nothing was remembered of any store. */
  | { kind: 'store_first_seen' }
  /** What was seen of it can't be kept: the next start has to believe any store. */
  | { kind: 'store_not_remembered'; reason: string }
  | {
      kind: 'provisioned';
      accounts: number;
      domains: number;
      added: number;
      changed: number;
      removed: number;
    };

/** The one place that counts and logs; it never throws. */
export type Journal = (happening: Happening) => void;
