/** An open incident, and the form that takes it. */
import type { Severity } from '../../../core/finding.ts';
import { type Html, html } from '../../../core/html.ts';
import type { Acknowledgement } from '../../../core/incident.ts';
import { moment, severityBadge, when, worded } from './parts.ts';

interface Incident {
  readonly id: string;
  readonly kind: string;
  readonly severity: Severity;
  readonly since: number;
  readonly toldAt: number;
  readonly acknowledged?: Acknowledgement;
}

export function incidentCard(
  { id, kind, severity, since, toldAt, acknowledged }: Incident,
  {
    now,
    mayEdit,
    acknowledge,
  }: { readonly now: number; readonly mayEdit: boolean; readonly acknowledge: string },
): Html {
  const taken =
    acknowledged !== undefined &&
    html`<p>Taken by <strong>${acknowledged.by}</strong> ${when(acknowledged.at, now)}${acknowledged.note !== '' && `: "${acknowledged.note}"`}. No reminders until the facts change.</p>`;
  const field = `note-${id}`;
  const form = html`<form method="post" action="${acknowledge}" class="row"><div class="grow"><label for="${field}">Who does what about it</label><input type="text" id="${field}" name="note" maxlength="1000" required autocomplete="off"></div><button>Acknowledge</button></form>`;
  const shown =
    acknowledged === undefined
      ? form
      : html`<details id="again-${id}"><summary>Acknowledge again</summary>${form}</details>`;
  return html`<div class="card ${severity === 'critical' ? 'fails' : 'unsure'}" id="incident-${id}"><h3>${worded(kind)} ${severityBadge(severity)}</h3>
<p class="soft">Opened ${when(new Date(since).toISOString(), now)}; last told ${moment(toldAt, now, 'not yet')}. Incident <code>${id}</code>.</p>
${taken}${mayEdit && shown}</div>`;
}
