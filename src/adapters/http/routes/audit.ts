import { unknownAccount } from '../../../flow/admin/outcome.ts';
import type { auditRoutes } from '../../../wire/audit.ts';
import type { AdminPorts } from '../api-options.ts';
import type { Handlers } from '../handler.ts';

export function auditHandlers({ adminStore }: AdminPorts): Handlers<typeof auditRoutes> {
  return {
    listAccountAudit: {
      answer: async ({ params: { account }, query: { limit } }) => {
        if ((await adminStore.account(account)) === null) return unknownAccount(account);
        return { body: { audit: await adminStore.auditTrail(account, limit) } };
      },
    },
    listAudit: {
      answer: async ({ query: { limit } }) => ({ body: { audit: await adminStore.auditTrail(null, limit) } }),
    },
  };
}
