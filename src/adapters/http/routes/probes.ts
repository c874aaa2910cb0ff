import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Administration } from '../../../flow/admin/administration.ts';
import type { ProbeAnswer, Ticket } from '../../../flow/admin/probes.ts';
import { deny, isStillPermitted, permit } from '../access.ts';
import { eventsAnswer, probeAnswer, probesAnswer } from '../answers.ts';
import type { Api, ApiOptions } from '../api-options.ts';
import { refused } from '../problem.ts';
import { withPulse } from '../pulse.ts';
import { largeRequest, largeRequestLimit, probeLimit, sendTooMany, streamLimit } from '../request-limits.ts';
import { accountParams, probeIds, probeParams, probeRequest, probeWait } from '../schemas.ts';

const longestWaitMs = 60_000;
/** How long a stream of events may last; whoever still wants to know asks again. */
const longestStreamMs = 600_000;
/** Checks that one answer carries: each may have a megabyte. The others are had one by one, or followed. */
const mostChecks = 100;
/** A request that names as many domains as it may. */
const mostValues = 10_100;
/** Proxies cut what is silent for a minute. */
const pulseMs = 20_000;

/** Aborts as soon as whoever asked has hung up. To be made before anything is awaited: later it may go unheard. */
function hangUp(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}

/** When the answer is closed, be it because it has been given: perhaps it is already. */
function leaveWith(gone: AbortSignal, leave: () => void): void {
  if (gone.aborted) leave();
  else gone.addEventListener('abort', leave);
}

export function probeRoutes(
  app: Api,
  administration: Administration,
  options: Pick<ApiOptions, 'access' | 'probesPerMinute'>,
): void {
  const mayAskMuch = largeRequestLimit(app);

  app.post(
    '/accounts/:account/probes',
    {
      schema: {
        operationId: 'requestProbes',
        summary: 'Probe some domains now, or all',
        response: { 202: probesAnswer },
        params: accountParams,
        querystring: probeWait,
        body: probeRequest,
      },
      config: { ...probeLimit(options), turn: 'none', values: mostValues },
    },
    async (request, reply) => {
      const { account } = request.params;
      if (!permit(request, reply, 'edit_account', account)) return reply;
      const gone = hangUp(reply);
      const waitMs = Math.min(request.query.wait, longestWaitMs);
      const seat = waitMs > 0 ? await administration.enterFollower(account) : null;
      if (seat !== null && 'limit' in seat) return sendTooMany(reply, seat.limit);
      if (seat !== null) leaveWith(gone, seat.leave);
      const mayAsk = async (count: number) => (count > largeRequest ? mayAskMuch(request) : null);
      const outcome = await administration.requestProbes(account, request.body?.domains ?? null, mayAsk);
      if ('reached' in outcome) return sendTooMany(reply, outcome.reached.limit, outcome.reached.seconds);
      if (!outcome.ok) return refused(reply, outcome.refusal);
      const tickets = new Map(outcome.value.map((ticket) => [ticket.id, ticket]));
      if (waitMs > 0) {
        const signal = AbortSignal.any([gone, AbortSignal.timeout(waitMs)]);
        for await (const ticket of administration.follow(account, [...tickets.keys()], signal)) {
          tickets.set(ticket.id, ticket);
        }
        if (!(await isStillPermitted(request, options.access, 'edit_account', account))) {
          return deny(reply, 401);
        }
      }
      // What has not ended by now may run meanwhile.
      const current = async (ticket: Ticket) =>
        waitMs > 0 && ticket.state === 'waiting'
          ? ((await administration.ticket(account, ticket.id)) ?? ticket)
          : ticket;
      const asked = [...tickets.values()];
      const probes: ProbeAnswer[] = [];
      // One after another, for a record is large.
      for (const ticket of asked.slice(0, mostChecks)) {
        probes.push(await administration.answerProbe(account, await current(ticket)));
      }
      probes.push(...(await administration.answerProbesBriefly(account, asked.slice(mostChecks))));
      return reply.code(202).send({ probes });
    },
  );

  app.get(
    '/accounts/:account/probes/:probe',
    {
      schema: {
        operationId: 'showProbe',
        summary: 'What became of a probe that was asked for',
        response: { 200: probeAnswer },
        params: probeParams,
      },
    },
    async (request, reply) => {
      const { account, probe } = request.params;
      if (!permit(request, reply, 'read_account', account)) return reply;
      const ticket = await administration.ticket(account, probe);
      if (ticket === null) return refused(reply, { kind: 'not_found', detail: `no probe "${probe}"` });
      return administration.answerProbe(account, ticket);
    },
  );

  app.get(
    '/accounts/:account/probes/events',
    {
      schema: {
        operationId: 'followProbes',
        summary: 'Follow probes as server-sent events',
        response: { 200: eventsAnswer },
        params: accountParams,
        querystring: probeIds,
      },
      config: { ...streamLimit(options), turn: 'none' },
    },
    async (request, reply) => {
      const { account } = request.params;
      if (!permit(request, reply, 'read_account', account)) return reply;
      const ids = [...new Set(request.query.ids.split(',').filter(Boolean))];
      const gone = hangUp(reply);
      const seat = await administration.enterFollower(account);
      if ('limit' in seat) return sendTooMany(reply, seat.limit);
      leaveWith(gone, seat.leave);
      const signal = AbortSignal.any([gone, AbortSignal.timeout(longestStreamMs)]);
      async function* events() {
        let done = 0;
        // A comment: the headers go out with it, and whoever asked knows that they are heard.
        yield `: following ${ids.length} probes\n\n`;
        for await (const ticket of administration.follow(account, ids, signal)) {
          // A token that is revoked is refused at once, also where it began to follow before.
          if (!(await isStillPermitted(request, options.access, 'read_account', account))) return;
          done += 1;
          const data = {
            ...(await administration.answerProbe(account, ticket)),
            progress: { done, of: ids.length },
          };
          yield `event: probe\nid: ${ticket.id}\ndata: ${JSON.stringify(data)}\n\n`;
        }
        yield `event: end\ndata: ${JSON.stringify({ done, of: ids.length })}\n\n`;
      }
      reply.type('text/event-stream');
      return reply.send(Readable.from(withPulse(events(), ': still following\n\n', pulseMs)));
    },
  );
}
