import { acknowledge, openIncidents } from '../../../flow/admin/incidents.ts';
import { refuse, unknownAccount } from '../../../flow/admin/outcome.ts';
import type { incidentRoutes } from '../../../wire/incidents.ts';
import type { AdminPorts } from '../api-options.ts';
import type { Handlers } from '../handler.ts';
import { incidentView } from '../views.ts';

export function incidentHandlers(ports: AdminPorts): Handlers<typeof incidentRoutes> {
  const { adminStore } = ports;
  return {
    listIncidents: {
      answer: async ({ params: { account } }) => {
        if ((await adminStore.account(account)) === null) return unknownAccount(account);
        return { body: { incidents: (await openIncidents(account, ports)).map(incidentView) } };
      },
    },
    showIncident: {
      answer: async ({ params: { account, incident: id } }) => {
        const found = (await openIncidents(account, ports)).find((incident) => incident.id === id);
        if (!found) return refuse('not_found', `no open incident "${id}"`);
        const record = await adminStore.record({ account, domain: found.domain });
        return { body: { ...incidentView(found), check: record?.lastCheck ?? null } };
      },
    },
    acknowledgeIncident: {
      answer: async ({ params: { account, incident }, body: { note }, actor }) => {
        const outcome = await acknowledge(account, incident, note, actor, ports);
        return outcome.ok ? { body: incidentView(outcome.value) } : outcome;
      },
    },
  };
}
