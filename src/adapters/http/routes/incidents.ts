import { acknowledge, openConfigIncidents, openIncidents, openWatch } from '../../../flow/admin/incidents.ts';
import { refuse, unknownAccount } from '../../../flow/admin/outcome.ts';
import type { incidentRoutes } from '../../../wire/incidents.ts';
import type { AdminPorts } from '../api-options.ts';
import type { Handlers } from '../handler.ts';
import { accountIncidentView, incidentView } from '../views.ts';

export function incidentHandlers(ports: AdminPorts): Handlers<typeof incidentRoutes> {
  const { adminStore } = ports;
  return {
    listIncidents: {
      answer: async ({ params: { account } }) => {
        if ((await adminStore.account(account)) === null) return unknownAccount(account);
        const configs = await openConfigIncidents(account, ports);
        const blind = await openWatch(account, ports);
        return {
          body: {
            incidents: (await openIncidents(account, ports)).map(incidentView),
            configIncidents: configs.incidents.map(accountIncidentView),
            watchIncidents: blind.map(({ incident }) => accountIncidentView(incident)),
          },
        };
      },
    },
    showIncident: {
      answer: async ({ params: { account, incident: id } }) => {
        const configs = await openConfigIncidents(account, ports);
        const config = configs.incidents.find((incident) => incident.id === id);
        if (config) return { body: { ...accountIncidentView(config), config: configs.report } };
        const blind = (await openWatch(account, ports)).find(({ incident }) => incident.id === id);
        if (blind) return { body: { ...accountIncidentView(blind.incident), blind: blind.report } };
        const found = (await openIncidents(account, ports)).find((incident) => incident.id === id);
        if (!found) return refuse('not_found', `no open incident "${id}"`);
        const record = await adminStore.record({ account, domain: found.domain });
        return { body: { ...incidentView(found), check: record?.lastCheck ?? null } };
      },
    },
    acknowledgeIncident: {
      answer: async ({ params: { account, incident }, body: { note }, actor }) => {
        const outcome = await acknowledge(account, incident, note, actor, ports);
        if (!outcome.ok) return outcome;
        const { value } = outcome;
        return { body: 'domain' in value ? incidentView(value) : accountIncidentView(value) };
      },
    },
  };
}
