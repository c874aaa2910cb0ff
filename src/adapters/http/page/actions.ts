/** What the forms do: the same use cases as the API's changes. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseDuration } from '../../../core/duration.ts';
import { muteDomain } from '../../../flow/admin/domains.ts';
import { acknowledge } from '../../../flow/admin/incidents.ts';
import type { Outcome } from '../../../flow/admin/outcome.ts';
import { requestProbes } from '../../../flow/admin/probes.ts';
import { accountParams } from '../../../wire/accounts.ts';
import { domainParams, nameOfDomain } from '../../../wire/domain-name.ts';
import { note } from '../../../wire/parsed-text.ts';
import { actorOf, permit } from '../access.ts';
import { refused } from '../problem.ts';
import { probeLimit } from '../request-limits.ts';
import { pageSize } from './account.ts';
import type { Answers } from './answer.ts';
import { muteSpans } from './domain.ts';
import type { PageOptions } from './page-options.ts';

const incidentParams = accountParams.extend({ incident: z.string().max(100) });
const several = z.object({
  domain: z.union([nameOfDomain.transform((one) => [one]), z.array(nameOfDomain).max(pageSize)]),
});

export function serveActions(app: FastifyInstance, options: PageOptions, answers: Answers): void {
  const { ports } = options;
  const { goOn, linksOf } = answers;
  const mayEdit = (request: FastifyRequest, reply: FastifyReply, account: string) =>
    permit(request, reply, 'edit_account', account);
  const end = (reply: FastifyReply, outcome: Outcome<unknown>, to: string) =>
    outcome.ok ? goOn(reply, to) : refused(reply, outcome.refusal);

  const probing = { ...probeLimit(options), turn: 'none' } as const;

  async function probe(reply: FastifyReply, account: string, domains: readonly string[], view: string) {
    const outcome = await requestProbes(account, domains, async () => null, ports);
    if ('reached' in outcome) throw new Error('unreachable: no limit was given');
    if (!outcome.ok) return refused(reply, outcome.refusal);
    return goOn(reply, `${view}?probes=${outcome.value.map(({ id }) => id).join(',')}`);
  }

  app.post<{ Params: z.output<typeof domainParams> }>(
    '/accounts/:account/domains/:domain/probe',
    { schema: { params: domainParams }, config: probing },
    async (request, reply) => {
      const { account, domain } = request.params;
      if (!mayEdit(request, reply, account)) return reply;
      return probe(reply, account, [domain], linksOf(request).domain(account, domain));
    },
  );

  app.post<{ Params: z.output<typeof accountParams>; Body: z.output<typeof several> }>(
    '/accounts/:account/probe',
    { schema: { params: accountParams, body: several }, config: probing },
    async (request, reply) => {
      const { account } = request.params;
      if (!mayEdit(request, reply, account)) return reply;
      return probe(reply, account, request.body.domain, linksOf(request).account(account));
    },
  );

  app.post<{ Params: z.output<typeof domainParams>; Body: { for: (typeof muteSpans)[number] } }>(
    '/accounts/:account/domains/:domain/mute',
    { schema: { params: domainParams, body: z.object({ for: z.enum(muteSpans) }) } },
    async (request, reply) => {
      const { params: ref, body } = request;
      if (!mayEdit(request, reply, ref.account)) return reply;
      const span = parseDuration(body.for);
      const until = ports.clock() + (span.ok ? span.value : 0);
      const outcome = await muteDomain(ref, until, actorOf(request), ports);
      return end(reply, outcome, linksOf(request).domain(ref.account, ref.domain));
    },
  );

  app.post<{ Params: z.output<typeof domainParams> }>(
    '/accounts/:account/domains/:domain/unmute',
    { schema: { params: domainParams } },
    async (request, reply) => {
      const { params: ref } = request;
      if (!mayEdit(request, reply, ref.account)) return reply;
      const outcome = await muteDomain(ref, null, actorOf(request), ports);
      return end(reply, outcome, linksOf(request).domain(ref.account, ref.domain));
    },
  );

  app.post<{ Params: z.output<typeof incidentParams>; Body: { note: string } }>(
    '/accounts/:account/incidents/:incident/acknowledge',
    { schema: { params: incidentParams, body: z.object({ note }) } },
    async (request, reply) => {
      const { account, incident } = request.params;
      if (!mayEdit(request, reply, account)) return reply;
      const outcome = await acknowledge(account, incident, request.body.note, actorOf(request), ports);
      if (!outcome.ok) return refused(reply, outcome.refusal);
      const links = linksOf(request);
      const { value } = outcome;
      return goOn(reply, 'domain' in value ? links.domain(account, value.domain) : links.account(account));
    },
  );
}
