import type { AppsConnect } from '../core/apps-connect.ts';
import type { BlindTransition } from '../core/blind-incident.ts';
import type { Verdict } from '../core/check.ts';
import type { ConfigTransition } from '../core/config-incident.ts';
import type { FindingCode } from '../core/finding.ts';
import type { Transition } from '../core/incident.ts';
import type { NotifyChannelType } from '../core/notify-channel.ts';
import type { FailureCode } from '../core/observation.ts';
import type { UrlProblem } from '../core/url-problem.ts';
import type { FailureReport } from './admin/auth-failures.ts';
import type { DomainRef } from './probe-store.ts';
import type { SettingProblem } from './setting-problem.ts';
import type { UnreadableValue } from './unreadable-value.ts';

/** What happened, for counting and logging. A closed union: every kind has its line in the log. */
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
      /** Why endpoints could not be judged, each reason once, without key types that are not served. */
      failures: readonly FailureCode[];
    }
  /** Some of the connections that one probe made to an endpoint were bad, and some were not. */
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
  /** Jobs were due further ahead than any can be. */
  | { kind: 'jobs_replanned'; jobs: number }
  /**
   * The clock of this machine was set by that many seconds; negative if it was set back. `seen` false: a time stored
   * before this process started is that far ahead, by a clock that has been set back since, or by another machine's.
   */
  | { kind: 'clock_stepped'; seconds: number; seen: boolean }
  /** This machine's clock is that many seconds ahead of the clock of Redis; negative if it is behind. */
  | { kind: 'clock_differs'; seconds: number }
  /** The sweep due at that time (RFC 3339) has not been taken by a worker. */
  | { kind: 'sweep_unclaimed'; since: string }
  /** For every process; none of its jobs run until somebody resumes it. */
  | { kind: 'queue_paused'; queue: string }
  | { kind: 'queue_resumed'; queue: string }
  | {
      kind: 'delivered';
      account: string;
      letter: string;
      recipient: string;
      /** `written`: to a file, because there is no mail server. */
      outcome: 'sent' | 'written' | 'failed_temporary' | 'failed_permanent';
      /** The mail server's receipt or the file written; if it failed, the reason. */
      detail: string;
      notices: number;
      /** The delay from each transition until now, in seconds. */
      delays: readonly number[];
    }
  /** An attempt to notify through a channel; the fields are as in the kind before. */
  | {
      kind: 'channel_delivered';
      account: string;
      channel: string;
      type: NotifyChannelType;
      letter: string;
      outcome: 'sent' | 'failed_temporary' | 'failed_permanent';
      detail: string;
      notices: number;
    }
  /** What is open was told again to a service whose alerts lapse. */
  | {
      kind: 'channel_repeated';
      account: string;
      channel: string;
      type: NotifyChannelType;
      outcome: 'sent' | 'failed_temporary' | 'failed_permanent';
      detail: string;
      notices: number;
    }
  /** The channel was removed while notices were owed to it. */
  | { kind: 'channel_dropped'; account: string; channel: string; letter: string; notices: number }
  | ({ kind: 'unreadable' } & UnreadableValue)
  /** A request with rejected credentials. Only counted; the next kind is logged. */
  | { kind: 'auth_failed' }
  | ({ kind: 'auth_failures' } & FailureReport)
  /** The store is not the one last seen: the API is closed. */
  | { kind: 'store_closed'; reason: string }
  /** A newer version has used the store: this process stops its work. */
  | { kind: 'store_newer'; reason: string }
  /** What was remembered of the store exists, but makes no sense. */
  | { kind: 'store_unreadable'; reason: string }
  /** A person has accepted the store, or it is the one last seen again. */
  | { kind: 'store_adopted' }
  /** Nothing was remembered of any store. */
  | { kind: 'store_first_seen' }
  /** The identity of the store can't be kept: the next start has to accept any store. */
  | { kind: 'store_not_remembered'; reason: string }
  /** A signed configuration is in force: published by somebody, or `renewed` with the same content. */
  | { kind: 'config_published'; account: string; version: number; by: string; renewed: boolean }
  /** It could not be signed. `again`: for the same reason as within the last hour; only counted. */
  | { kind: 'config_failed'; account: string; reason: string; again: boolean }
  /** The file of a configuration could not be written, or the command after it failed; it is tried again. */
  | { kind: 'config_not_spread'; account: string; reason: string; again: boolean }
  /** Something about what apps get of a configuration has begun, changed or ended, and is told. */
  | { kind: 'config_transition'; account: string; transition: ConfigTransition }
  /** pinwatch sees nothing of an account's domains, or does again, and it is told. */
  | { kind: 'blind_transition'; account: string; transition: BlindTransition }
  /** An account's digest was made, and waits for its mail. */
  | { kind: 'digest'; account: string }
  /** What is served at a URL has another problem than at the last look; null: none any more. */
  | { kind: 'config_url'; account: string; url: string; problem: UrlProblem | null; detail: string }
  /** Somebody asked for a signed configuration; only counted. */
  | { kind: 'config_download'; outcome: 'sent' | 'not_modified' | 'unknown' }
  /** The file was read again, and what is new in it is in force, except for what needs a restart. */
  | {
      kind: 'reloaded';
      changed: readonly string[];
      needsRestart: readonly string[];
      warnings: readonly string[];
    }
  /** The file was read again, but not used: the settings from before are in force. */
  | { kind: 'reload_refused'; problems: readonly SettingProblem[] }
  /** The new settings are in force, but what comes from them is not completely stored yet. */
  | { kind: 'reload_incomplete'; reason: string }
  | {
      kind: 'provisioned';
      accounts: number;
      domains: number;
      added: number;
      changed: number;
      removed: number;
    };

/** The only place that counts and logs; never throws. */
export type Journal = (happening: Happening) => void;
