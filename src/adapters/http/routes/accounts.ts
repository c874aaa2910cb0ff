import type { Account } from '../../../core/domain.ts';
import type { LimitName, Limits } from '../../../core/limits.ts';
import { notifyGiven } from '../../../core/settings.ts';
import type { Administration } from '../../../flow/admin/administration.ts';
import { actorOf, permit } from '../access.ts';
import { accountAnswer, accountsAnswer, auditAnswer, nothing } from '../answers.ts';
import type { Api } from '../api-options.ts';
import { expectedText } from '../conditional.ts';
import { refused, unknownAccount } from '../problem.ts';
import { accountChange, accountParams, ifMatch, listLimit, newAccount } from '../schemas.ts';
import { accountView, etagOf } from '../views.ts';

export function accountRoutes(app: Api, administration: Administration): void {
  app.get(
    '/accounts',
    {
      schema: {
        operationId: 'listAccounts',
        summary: 'The accounts that you may see',
        response: { 200: accountsAnswer },
      },
    },
    async (request, reply) => {
      if (!permit(request, reply, 'read_account', null)) return reply;
      const own = request.principal?.account ?? null;
      if (own === null) return { accounts: await administration.accountNames() };
      // Not picked from the list of all: how many others there are must not show in the time it takes.
      return { accounts: (await administration.account(own)) === null ? [] : [own] };
    },
  );

  app.post(
    '/accounts',
    {
      schema: {
        operationId: 'createAccount',
        summary: 'Create an account',
        response: { 201: accountAnswer },
        body: newAccount,
      },
    },
    async (request, reply) => {
      if (!permit(request, reply, 'manage_accounts', null)) return reply;
      const { name, contacts, notify, platforms, limits } = request.body;
      const account: Account = {
        ...{ name, contacts },
        ...(notify ? { notify: notifyGiven(notify) } : {}),
        ...(platforms ? { platforms } : {}),
        ...(limits ? { limits: given(limits) } : {}),
      };
      const outcome = await administration.createAccount(account, actorOf(request));
      if (!outcome.ok) return refused(reply, outcome.refusal);
      return reply.code(201).header('etag', etagOf(outcome.value)).send(accountView(account));
    },
  );

  app.get(
    '/accounts/:account',
    {
      schema: {
        operationId: 'showAccount',
        summary: 'One account',
        response: { 200: accountAnswer },
        params: accountParams,
      },
    },
    async (request, reply) => {
      const { account } = request.params;
      if (!permit(request, reply, 'read_account', account)) return reply;
      const stored = await administration.account(account);
      if (stored === null) return unknownAccount(reply, account);
      return reply.header('etag', etagOf(stored)).send(accountView(stored.value));
    },
  );

  app.patch(
    '/accounts/:account',
    {
      schema: {
        operationId: 'changeAccount',
        summary: 'Change whom an account tells, and how',
        response: { 200: accountAnswer },
        headers: ifMatch,
        params: accountParams,
        body: accountChange,
      },
    },
    async (request, reply) => {
      const { account } = request.params;
      if (!permit(request, reply, 'manage_accounts', account)) return reply;
      const expected = expectedText(request, reply, await administration.account(account));
      if (expected === false) return reply;
      const { contacts, notify, platforms, limits } = request.body;
      const change = {
        ...(contacts ? { contacts } : {}),
        ...(notify ? { notify: notifyGiven(notify) } : {}),
        ...(platforms === undefined ? {} : { platforms }),
        ...(limits ? { limits: given(limits) } : {}),
      };
      const outcome = await administration.changeAccount(account, change, expected, actorOf(request));
      if (!outcome.ok) return refused(reply, outcome.refusal);
      return reply.header('etag', etagOf(outcome.value)).send(accountView(outcome.value.value));
    },
  );

  app.delete(
    '/accounts/:account',
    {
      schema: {
        operationId: 'deleteAccount',
        summary: 'Delete an account with all its domains',
        response: { 204: nothing },
        headers: ifMatch,
        params: accountParams,
      },
    },
    async (request, reply) => {
      const { account } = request.params;
      if (!permit(request, reply, 'manage_accounts', account)) return reply;
      const expected = expectedText(request, reply, await administration.account(account));
      if (expected === false) return reply;
      const outcome = await administration.deleteAccount(account, expected, actorOf(request));
      return outcome.ok ? reply.code(204).send(null) : refused(reply, outcome.refusal);
    },
  );

  app.get(
    '/accounts/:account/audit',
    {
      schema: {
        operationId: 'listAccountAudit',
        summary: 'Who changed what, newest first',
        response: { 200: auditAnswer },
        params: accountParams,
        querystring: listLimit,
      },
    },
    async (request, reply) => {
      const { account } = request.params;
      if (!permit(request, reply, 'read_account', account)) return reply;
      if ((await administration.account(account)) === null) return unknownAccount(reply, account);
      return { audit: await administration.auditTrail(account, request.query.limit) };
    },
  );

  app.get(
    '/audit',
    {
      schema: {
        operationId: 'listAudit',
        summary: 'Changes of accounts and tokens, newest first',
        response: { 200: auditAnswer },
        querystring: listLimit,
      },
    },
    async (request, reply) => {
      if (!permit(request, reply, 'read_audit', null)) return reply;
      return { audit: await administration.auditTrail(null, request.query.limit) };
    },
  );
}

function given(limits: Readonly<Partial<Record<LimitName, number | undefined>>>): Partial<Limits> {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
