/** Open incidents. */
import { z } from 'zod';
import { accountParams } from './accounts.ts';
import { check } from './check.ts';
import { answer, request } from './named.ts';
import { note } from './parsed-text.ts';
import type { RouteTable } from './route.ts';
import { list, noTime, time } from './values.ts';
import { incidentKind, severity } from './words.ts';

const params = accountParams.extend({ incident: z.string().max(100) });

export const incident = answer(
  'Incident',
  z.object({
    incident: z.string(),
    domain: z.string(),
    kind: incidentKind,
    severity,
    since: time,
    lastToldAt: noTime,
    acknowledged: z.object({ by: z.string(), at: time, note: z.string() }).nullable(),
  }),
);

export const incidentRoutes = {
  listIncidents: {
    method: 'GET',
    path: '/accounts/:account/incidents',
    may: 'read_account',
    tag: 'incidents',
    summary: 'Open incidents, longest open first',
    params: accountParams,
    answers: { 200: answer('Incidents', z.object({ incidents: list(incident) })) },
  },
  showIncident: {
    method: 'GET',
    path: '/accounts/:account/incidents/:incident',
    may: 'read_account',
    tag: 'incidents',
    summary: 'One open incident, with the last check of its domain',
    params,
    answers: { 200: answer('CheckedIncident', incident.extend({ check: check.nullable() })) },
  },
  acknowledgeIncident: {
    method: 'POST',
    path: '/accounts/:account/incidents/:incident/acknowledge',
    may: 'edit_account',
    tag: 'incidents',
    summary: 'Send no reminders until the facts change',
    params,
    body: request('Acknowledgement', z.strictObject({ note })),
    answers: { 200: incident },
  },
} satisfies RouteTable;
