import { randomUUID } from 'node:crypto';
import { may } from '../../../core/access.ts';
import type { Account } from '../../../core/domain.ts';
import type { LimitName, Limits } from '../../../core/limits.ts';
import { notifyGiven } from '../../../core/settings.ts';
import { changeAccount, createAccount, deleteAccount } from '../../../flow/admin/accounts.ts';
import { unknownAccount } from '../../../flow/admin/outcome.ts';
import { testChannels } from '../../../flow/admin/test-channels.ts';
import type { accountRoutes } from '../../../wire/accounts.ts';
import type { AdminPorts } from '../api-options.ts';
import type { Handlers } from '../handler.ts';
import { accountView } from '../views.ts';

export function accountHandlers(ports: AdminPorts): Handlers<typeof accountRoutes> {
  const { adminStore } = ports;
  return {
    listAccounts: {
      answer: async ({ principal: { account: own } }) => {
        if (own === null) return { body: { accounts: await adminStore.accountNames() } };
        // Not picked from the list of all: the response time must not reveal how many others there are.
        return { body: { accounts: (await adminStore.account(own)) === null ? [] : [own] } };
      },
    },
    createAccount: {
      answer: async ({
        body: { name, contacts, channels, notify, platforms, limits, publicStatus },
        actor,
      }) => {
        const account: Account = {
          ...{ name, contacts },
          ...(notify ? { notify: notifyGiven(notify) } : {}),
          ...(platforms ? { platforms } : {}),
          ...(limits ? { limits: given(limits) } : {}),
          ...(publicStatus ? { publicStatus } : {}),
        };
        const outcome = await createAccount(account, channels ?? [], actor, ports);
        return outcome.ok ? { body: accountView(outcome.value.value, true), tag: outcome.value } : outcome;
      },
    },
    showAccount: {
      answer: async ({ params: { account }, principal }) => {
        const stored = await adminStore.account(account);
        if (stored === null) return unknownAccount(account);
        const forAdmin = may(principal, 'manage_accounts', account);
        return { body: accountView(stored.value, forAdmin), tag: stored };
      },
    },
    changeAccount: {
      stored: ({ params: { account } }) => adminStore.account(account),
      answer: async ({ params: { account }, body, expected, actor }) => {
        const { contacts, channels, notify, platforms, limits, publicStatus } = body;
        const change = {
          ...(contacts ? { contacts } : {}),
          ...(channels ? { channels } : {}),
          ...(notify ? { notify: notifyGiven(notify) } : {}),
          ...(platforms === undefined ? {} : { platforms }),
          ...(limits ? { limits: given(limits) } : {}),
          ...(publicStatus === undefined ? {} : { publicStatus }),
        };
        const outcome = await changeAccount(account, change, expected, actor, ports);
        return outcome.ok ? { body: accountView(outcome.value.value, true), tag: outcome.value } : outcome;
      },
    },
    testChannels: {
      answer: async ({ params: { account }, body }) => {
        const outcome = await testChannels(account, body?.channel, `test-${randomUUID()}`, ports);
        return outcome.ok ? { body: { channels: outcome.value } } : outcome;
      },
    },
    deleteAccount: {
      stored: ({ params: { account } }) => adminStore.account(account),
      answer: async ({ params: { account }, expected, actor }) => {
        const outcome = await deleteAccount(account, expected, actor, ports);
        return outcome.ok ? { body: null } : outcome;
      },
    },
  };
}

function given(limits: Readonly<Partial<Record<LimitName, number | undefined>>>): Partial<Limits> {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
