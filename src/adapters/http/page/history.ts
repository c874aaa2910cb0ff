import { type Html, html } from '../../../core/html.ts';
import type { PastTransition } from '../../../flow/admin/admin-store.ts';
import { severityBadge, table, when, worded } from './parts.ts';

/** Newest first. */
export function historyTable(history: readonly PastTransition[], now: number): Html {
  if (history.length === 0) return html`<p class="soft">No incident yet.</p>`;
  const rows = history.map(({ at, transition, kind, severity, codes }) => [
    when(at, now),
    transition === 'closed' ? html`<span class="badge good">closed</span>` : transition,
    worded(kind),
    severityBadge(severity),
    codes.map(worded).join(', '),
  ]);
  return table(
    'History',
    [
      { label: 'When' },
      { label: 'What', isPlain: true },
      { label: 'Incident', isPlain: true },
      { label: 'Severity', isPlain: true },
      { label: 'Findings' },
    ],
    rows,
  );
}
