import type { Administration } from '../../../flow/admin/administration.ts';
import { actorOf, permit } from '../access.ts';
import { incidentAnswer, incidentsAnswer, oneIncidentAnswer } from '../answers.ts';
import type { Api } from '../api-options.ts';
import { refused, unknownAccount } from '../problem.ts';
import { accountParams, acknowledgement, incidentParams } from '../schemas.ts';
import { incidentView } from '../views.ts';

export function incidentRoutes(app: Api, administration: Administration): void {
  app.get(
    '/accounts/:account/incidents',
    {
      schema: {
        operationId: 'listIncidents',
        summary: 'Open incidents, the longest open first',
        response: { 200: incidentsAnswer },
        params: accountParams,
      },
    },
    async (request, reply) => {
      const { account } = request.params;
      if (!permit(request, reply, 'read_account', account)) return reply;
      if ((await administration.account(account)) === null) return unknownAccount(reply, account);
      return { incidents: (await administration.openIncidents(account)).map(incidentView) };
    },
  );

  app.get(
    '/accounts/:account/incidents/:incident',
    {
      schema: {
        operationId: 'showIncident',
        summary: 'One open incident, with the last check of its domain',
        response: { 200: oneIncidentAnswer },
        params: incidentParams,
      },
    },
    async (request, reply) => {
      const { account, incident: id } = request.params;
      if (!permit(request, reply, 'read_account', account)) return reply;
      const found = (await administration.openIncidents(account)).find((incident) => incident.id === id);
      if (!found) return refused(reply, { kind: 'not_found', detail: `no open incident "${id}"` });
      const record = await administration.record({ account, domain: found.domain });
      return { ...incidentView(found), check: record?.lastCheck ?? null };
    },
  );

  app.post(
    '/accounts/:account/incidents/:incident/acknowledge',
    {
      schema: {
        operationId: 'acknowledgeIncident',
        summary: 'Send no reminders until its facts change',
        response: { 200: incidentAnswer },
        params: incidentParams,
        body: acknowledgement,
      },
    },
    async (request, reply) => {
      const { account, incident } = request.params;
      if (!permit(request, reply, 'edit_account', account)) return reply;
      const outcome = await administration.acknowledge(
        account,
        incident,
        request.body.note,
        actorOf(request),
      );
      return outcome.ok ? reply.send(incidentView(outcome.value)) : refused(reply, outcome.refusal);
    },
  );
}
