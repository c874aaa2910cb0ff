import { type Severity, severities } from '../../core/finding.ts';
import type { Notice } from '../../core/notice.ts';

/** The severity of the worst that is open; null: all of it has recovered. */
export function worstOf(notices: readonly Notice[]): Severity | null {
  const open = notices.filter(({ transition }) => transition !== 'closed');
  return severities.find((severity) => open.some((notice) => notice.severity === severity)) ?? null;
}
