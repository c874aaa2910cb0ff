import { createToken, revokeToken } from '../../../flow/admin/tokens.ts';
import type { tokenRoutes } from '../../../wire/tokens.ts';
import type { AdminPorts } from '../api-options.ts';
import type { Handlers } from '../handler.ts';
import { tokenView } from '../views.ts';

export function tokenHandlers(ports: AdminPorts): Handlers<typeof tokenRoutes> {
  return {
    showMe: { answer: async ({ principal }) => ({ body: principal }) },
    listTokens: {
      answer: async () => ({ body: { tokens: (await ports.tokens.list()).map(tokenView) } }),
    },
    createToken: {
      answer: async ({ body: { name, role, account, expiresIn }, actor }) => {
        const outcome = await createToken({ name, role, account, expiresInMs: expiresIn }, actor, ports);
        if (!outcome.ok) return outcome;
        const { token, text } = outcome.value;
        return { body: { ...tokenView(token), token: text } };
      },
    },
    revokeToken: {
      answer: async ({ params: { token }, actor }) => {
        const outcome = await revokeToken(token, actor, ports);
        return outcome.ok ? { body: null } : outcome;
      },
    },
  };
}
