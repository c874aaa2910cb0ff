import { addressOf } from '../../../core/domain.ts';
import type { discoveryRoutes } from '../../../wire/discovery.ts';
import type { AdminPorts } from '../api-options.ts';
import type { Handlers } from '../handler.ts';

export function discoveryHandlers({
  adminStore,
}: Pick<AdminPorts, 'adminStore'>): Handlers<typeof discoveryRoutes> {
  return {
    discoverTargets: {
      answer: async ({ principal: { account: own } }) => {
        const accounts = own === null ? await adminStore.accountNames() : [own];
        const body = [];
        for (const account of accounts) {
          for (const domain of await adminStore.domainNames(account, null)) {
            const labels = { __meta_pinwatch_account: account, __meta_pinwatch_domain: domain };
            body.push({ targets: [addressOf(domain)], labels });
          }
        }
        return { body };
      },
    },
  };
}
