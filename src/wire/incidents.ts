/** Open incidents. */
import { z } from 'zod';
import { blindCauses } from '../core/blind-incident.ts';
import { configIncidentKinds } from '../core/config-incident.ts';
import { failureCodes } from '../core/observation.ts';
import { urlProblems } from '../core/url-problem.ts';
import { accountParams } from './accounts.ts';
import { check } from './check.ts';
import { answer, request } from './named.ts';
import { note } from './parsed-text.ts';
import type { RouteTable } from './route.ts';
import { list, noTime, time } from './values.ts';
import { incidentKind, severity } from './words.ts';

const params = accountParams.extend({ incident: z.string().max(100) });

const common = {
  severity,
  since: time,
  lastToldAt: noTime,
  acknowledged: z.object({ by: z.string(), at: time, note: z.string() }).nullable(),
};

export const incident = answer(
  'Incident',
  z.object({ incident: z.string(), domain: z.string(), kind: incidentKind, ...common }),
);

const configIncident = answer(
  'ConfigIncident',
  z.object({ incident: z.string(), kind: z.enum(configIncidentKinds), ...common }),
);

const watchIncident = answer(
  'WatchIncident',
  z.object({ incident: z.string(), kind: z.literal('blind'), ...common }),
);

const blindReport = answer(
  'BlindReport',
  z.object({
    scope: z.enum(['account', 'installation']).describe('`account`: domains of other accounts are seen.'),
    cause: z.enum(blindCauses),
    region: z.exactOptional(z.string().describe('For `region_away` and `region_sees_nothing`: which one.')),
    others: z.exactOptional(list(z.string()).describe('For these: the regions that look.')),
    forgotten: z.exactOptional(z.boolean().describe('No worker was there for a day.')),
    domains: z.int(),
    seen: z.int(),
    lost: z.int().describe('Domains that were seen, and no longer are.'),
    examples: list(z.string()).describe('Some of the lost domains.'),
    failures: list(z.object({ code: z.enum(failureCodes), domains: z.int() })).describe('Of the examples.'),
  }),
);

const version = z.object({ generation: z.int(), version: z.int(), issuedAt: time });

const configReport = answer(
  'ConfigReport',
  z.object({
    channel: z.string(),
    roots: list(z.string()),
    published: version.extend({ expiresAt: time, signedElsewhere: z.boolean() }),
    urls: list(
      z.object({
        url: z.string(),
        problem: z.enum(urlProblems).nullable(),
        detail: z.string(),
        found: version.nullable().describe('What it serves, if that is a bundle of this channel.'),
      }),
    ),
    certifiedAt: time.describe('When the key statement was signed.'),
    renewalFailure: z.string().nullable().describe('Why it could not be signed again.'),
    devices: list(z.object({ device: z.string(), until: time, by: z.string(), note: z.string() }))
      .optional()
      .describe('Devices that are not pinned now.'),
  }),
);

const shownIncident = answer(
  'ShownIncident',
  z.union([
    incident.extend({ check: check.nullable() }),
    configIncident.extend({ config: configReport.nullable().describe('What the last look has found.') }),
    watchIncident.extend({ blind: blindReport.nullable().describe('As of the last notice.') }),
  ]),
);

export const incidentRoutes = {
  listIncidents: {
    method: 'GET',
    path: '/accounts/:account/incidents',
    may: 'read_account',
    tag: 'incidents',
    summary: 'Open incidents, longest open first',
    params: accountParams,
    answers: {
      200: answer(
        'Incidents',
        z.object({
          incidents: list(incident).describe('Of domains.'),
          configIncidents: list(configIncident).describe('Of the signed configuration.'),
          watchIncidents: list(watchIncident).describe('Of pinwatch itself.'),
        }),
      ),
    },
  },
  showIncident: {
    method: 'GET',
    path: '/accounts/:account/incidents/:incident',
    may: 'read_account',
    tag: 'incidents',
    summary: 'One open incident, with the last check of what it is about',
    params,
    answers: { 200: shownIncident },
  },
  acknowledgeIncident: {
    method: 'POST',
    path: '/accounts/:account/incidents/:incident/acknowledge',
    may: 'edit_account',
    tag: 'incidents',
    summary: 'Send no reminders until the facts change',
    params,
    body: request('Acknowledgement', z.strictObject({ note })),
    answers: { 200: answer('AcknowledgedIncident', z.union([incident, configIncident, watchIncident])) },
  },
} satisfies RouteTable;
