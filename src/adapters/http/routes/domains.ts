import type { FastifyReply } from 'fastify';
import type { Domain } from '../../../core/domain.ts';
import type { Stored } from '../../../flow/admin/admin-store.ts';
import type { Administration } from '../../../flow/admin/administration.ts';
import type { DomainChange } from '../../../flow/admin/domains.ts';
import type { DomainRef } from '../../../flow/probe-store.ts';
import { actorOf, permit } from '../access.ts';
import { addedDomainAnswer, domainAnswer, domainsAnswer, nothing } from '../answers.ts';
import type { Api, ApiOptions } from '../api-options.ts';
import { expectedText } from '../conditional.ts';
import { badInput, refused, unknownAccount } from '../problem.ts';
import { additionLimit, addressLimit } from '../request-limits.ts';
import {
  accountParams,
  domainAddition,
  domainChange,
  domainList,
  domainParams,
  ifMatch,
  mute,
  newDomain,
} from '../schemas.ts';
import { domainSummary, domainView, etagOf } from '../views.ts';

/** Transitions shown with a domain. */
const shownHistory = 50;
/** An addition or a change looks at the domain first; the deadlines of the probe are its own. */
const lookTimeoutMs = 60_000;

export function domainRoutes(
  app: Api,
  administration: Administration,
  options: Pick<ApiOptions, 'probesPerMinute'>,
): void {
  async function show(reply: FastifyReply, ref: DomainRef, stored: Stored<Domain>): Promise<FastifyReply> {
    const [record, history] = await Promise.all([
      administration.record(ref),
      administration.history(ref, shownHistory),
    ]);
    return reply.header('etag', etagOf(stored)).send(domainView(ref.domain, stored.value, record, history));
  }

  app.get(
    '/accounts/:account/domains',
    {
      schema: {
        operationId: 'listDomains',
        summary: 'Domains, by name',
        response: { 200: domainsAnswer },
        params: accountParams,
        querystring: domainList,
      },
    },
    async (request, reply) => {
      const { account } = request.params;
      if (!permit(request, reply, 'read_account', account)) return reply;
      if ((await administration.account(account)) === null) return unknownAccount(reply, account);
      const { verdict = null, after = null, limit } = request.query;
      const { domains, next } = await administration.domainPage(account, { after, limit, verdict });
      return { domains: domains.map(domainSummary), next };
    },
  );

  app.post(
    '/accounts/:account/domains',
    {
      schema: {
        operationId: 'addDomain',
        summary: 'Register a domain; without pins, what it presents is pinned',
        response: { 200: addedDomainAnswer, 201: addedDomainAnswer },
        params: accountParams,
        querystring: domainAddition,
        body: newDomain,
      },
      config: { ...additionLimit(options), turn: 'look' },
    },
    async (request, reply) => {
      const { account } = request.params;
      const { dryRun, newAccount } = request.query;
      if (!permit(request, reply, newAccount ? 'manage_accounts' : 'edit_account', account)) return reply;
      // An addition sees to it itself.
      if (dryRun && !newAccount && (await administration.account(account)) === null) {
        return unknownAccount(reply, account);
      }
      const { host, pins, pinLevel, note, ...settings } = request.body;
      const actor = actorOf(request);
      const { connect, keyTypes, alpn, platforms, ca } = settings;
      const domain: Domain = {
        ...host,
        pins: [...new Set(pins)],
        ...(connect ? { connect } : {}),
        ...(keyTypes ? { keyTypes } : {}),
        ...(alpn ? { alpn } : {}),
        ...(platforms ? { platforms } : {}),
        ...(ca === undefined ? {} : { ca }),
      };
      const signal = AbortSignal.timeout(lookTimeoutMs);
      const register = dryRun ? administration.previewDomain : administration.addDomain;
      const outcome = await register(account, domain, { pinLevel, note }, actor, signal);
      if (!outcome.ok) return refused(reply, outcome.refusal);
      const { name, value, check, pinned } = outcome.value;
      const view = { ...domainView(name, value, null, []), check, verdict: check.verdict, pinned };
      if (dryRun) return view;
      return reply.code(201).header('etag', etagOf(outcome.value)).send(view);
    },
  );

  app.get(
    '/accounts/:account/domains/:domain',
    {
      schema: {
        operationId: 'showDomain',
        summary: 'One domain: settings, last probe, open incidents, history',
        response: { 200: domainAnswer },
        params: domainParams,
      },
    },
    async (request, reply) => {
      const ref = request.params;
      if (!permit(request, reply, 'read_account', ref.account)) return reply;
      const stored = await administration.domain(ref);
      if (stored === null) return refused(reply, { kind: 'not_found', detail: `no domain "${ref.domain}"` });
      return show(reply, ref, stored);
    },
  );

  app.patch(
    '/accounts/:account/domains/:domain',
    {
      schema: {
        operationId: 'changeDomain',
        summary: 'Change how a domain is probed; null takes a setting away',
        response: { 200: domainAnswer },
        headers: ifMatch,
        params: domainParams,
        body: domainChange,
      },
      config: { ...addressLimit(options), turn: 'look' },
    },
    async (request, reply) => {
      const ref = request.params;
      if (!permit(request, reply, 'edit_account', ref.account)) return reply;
      const expected = expectedText(request, reply, await administration.domain(ref));
      if (expected === false) return reply;
      const change = Object.fromEntries(
        Object.entries(request.body).filter(([, value]) => value !== undefined),
      );
      const outcome = await administration.changeDomain(
        ref,
        change as DomainChange,
        expected,
        actorOf(request),
        AbortSignal.timeout(lookTimeoutMs),
      );
      return outcome.ok ? show(reply, ref, outcome.value) : refused(reply, outcome.refusal);
    },
  );

  app.delete(
    '/accounts/:account/domains/:domain',
    {
      schema: {
        operationId: 'removeDomain',
        summary: 'Remove a domain with its record',
        response: { 204: nothing },
        headers: ifMatch,
        params: domainParams,
      },
    },
    async (request, reply) => {
      const ref = request.params;
      if (!permit(request, reply, 'edit_account', ref.account)) return reply;
      const expected = expectedText(request, reply, await administration.domainAsStored(ref));
      if (expected === false) return reply;
      const outcome = await administration.removeDomain(ref, expected, actorOf(request));
      return outcome.ok ? reply.code(204).send(null) : refused(reply, outcome.refusal);
    },
  );

  app.put(
    '/accounts/:account/domains/:domain/mute',
    {
      schema: {
        operationId: 'muteDomain',
        summary: 'Tell nothing of a domain until a time: maintenance',
        response: { 204: nothing },
        params: domainParams,
        body: mute,
      },
    },
    async (request, reply) => {
      const ref = request.params;
      if (!permit(request, reply, 'edit_account', ref.account)) return reply;
      const until = Date.parse(request.body.until);
      if (until <= administration.now()) {
        return badInput(reply, [
          { path: 'body.until', message: `expected a time to come, found ${request.body.until}` },
        ]);
      }
      const outcome = await administration.muteDomain(ref, until, actorOf(request));
      return outcome.ok ? reply.code(204).send(null) : refused(reply, outcome.refusal);
    },
  );

  app.delete(
    '/accounts/:account/domains/:domain/mute',
    {
      schema: {
        operationId: 'unmuteDomain',
        summary: 'Tell of a domain again',
        response: { 204: nothing },
        params: domainParams,
      },
    },
    async (request, reply) => {
      const ref = request.params;
      if (!permit(request, reply, 'edit_account', ref.account)) return reply;
      const outcome = await administration.muteDomain(ref, null, actorOf(request));
      return outcome.ok ? reply.code(204).send(null) : refused(reply, outcome.refusal);
    },
  );
}
