/** A rule of Prometheus, before the file is written. */

/** What the rules depend on. */
export interface RuleSettings {
  /** `interval` of the configuration: how often every domain is probed. */
  readonly intervalMs: number;
  /** `notify.expiringWithin` of the configuration. */
  readonly expiringWithinMs: number;
  /** The absolute URL of the runbook; the alert's anchor is appended. */
  readonly runbookUrl: string;
}

export type Severity = 'critical' | 'warning' | 'info';

export interface Alert {
  /** `PinwatchPinMismatch`; the heading in docs/runbook.md has the same name. Two severities of one alert share it. */
  readonly alert: string;
  /** Why the rule is as it is: the comment above it in the file. */
  readonly why: string;
  readonly expr: string;
  /** How long the expression must hold before the alert fires, as Prometheus writes durations. */
  readonly for: string;
  readonly severity: Severity;
  /** What is wrong, without values, so that a notification can group by it: capitalised, with a full stop. */
  readonly summary: string;
  /** With the values, and what to do first. */
  readonly description: string;
}

/** A series that other rules use. */
export interface Recording {
  readonly record: string;
  readonly why: string;
  readonly expr: string;
}

export type Rule = Alert | Recording;

export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly Rule[];
}

/** The anchor of a heading in Markdown. */
export function anchorOf(alert: string): string {
  return alert.toLowerCase();
}
