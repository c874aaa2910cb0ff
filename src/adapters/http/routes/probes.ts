import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { createFollowers } from '../../../flow/admin/followers.ts';
import { refuse } from '../../../flow/admin/outcome.ts';
import {
  answerProbe,
  answerProbesBriefly,
  type ProbeAnswer,
  requestProbes,
  type Ticket,
} from '../../../flow/admin/probes.ts';
import type { probeRoutes } from '../../../wire/probes.ts';
import { deny, isStillPermitted } from '../access.ts';
import type { AdminPorts, ApiOptions } from '../api-options.ts';
import { type Handlers, sent } from '../handler.ts';
import { withPulse } from '../pulse.ts';
import { largeRequest, largeRequestLimit, probeLimit, sendTooMany, streamLimit } from '../request-limits.ts';

const longestWaitMs = 60_000;
/** How long a stream of events may last; a client that needs more opens another one. */
const longestStreamMs = 600_000;
/** Checks in one answer: each may have a megabyte. The others are fetched one by one, or followed. */
const mostChecks = 100;
/** Enough for a request that names the most domains permitted. */
const mostValues = 10_100;
/** Proxies cut a connection that is silent for a minute. */
const pulseMs = 20_000;

/** Aborts when the caller hangs up. To be created before anything is awaited: later, the event may be missed. */
function hangUp(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}

/** Calls `leave` when the answer is closed, whether sent or not; perhaps it is already. */
function leaveWith(gone: AbortSignal, leave: () => void): void {
  if (gone.aborted) leave();
  else gone.addEventListener('abort', leave);
}

export function probeHandlers(
  app: FastifyInstance,
  ports: AdminPorts,
  options: Pick<ApiOptions, 'access' | 'probesPerMinute'>,
): Handlers<typeof probeRoutes> {
  const { desk } = ports;
  const mayAskMuch = largeRequestLimit(app);
  const followers = createFollowers(ports);

  return {
    requestProbes: {
      config: { ...probeLimit(options), turn: 'none', values: mostValues },
      answer: async ({ params: { account }, query: { wait }, body, request, reply }) => {
        const gone = hangUp(reply);
        const waitMs = Math.min(wait, longestWaitMs);
        const seat = waitMs > 0 ? await followers.enter(account) : null;
        if (seat !== null && 'limit' in seat) return sent(sendTooMany(reply, seat.limit));
        if (seat !== null) leaveWith(gone, seat.leave);
        const mayAsk = async (count: number) => (count > largeRequest ? mayAskMuch(request) : null);
        const outcome = await requestProbes(account, body?.domains ?? null, mayAsk, ports);
        if ('reached' in outcome)
          return sent(sendTooMany(reply, outcome.reached.limit, outcome.reached.seconds));
        if (!outcome.ok) return outcome;
        const tickets = new Map(outcome.value.map((ticket) => [ticket.id, ticket]));
        if (waitMs > 0) {
          const signal = AbortSignal.any([gone, AbortSignal.timeout(waitMs)]);
          for await (const ticket of desk.follow(account, [...tickets.keys()], signal)) {
            tickets.set(ticket.id, ticket);
          }
          if (!(await isStillPermitted(request, options.access, 'edit_account', account))) {
            return sent(deny(reply, 401));
          }
        }
        // A probe that has not ended may be running by now.
        const current = async (ticket: Ticket) =>
          waitMs > 0 && ticket.state === 'waiting'
            ? ((await desk.ticket(account, ticket.id)) ?? ticket)
            : ticket;
        const asked = [...tickets.values()];
        const probes: ProbeAnswer[] = [];
        // One after another, because a record is large.
        for (const ticket of asked.slice(0, mostChecks)) {
          probes.push(await answerProbe(account, await current(ticket), ports));
        }
        probes.push(...(await answerProbesBriefly(account, asked.slice(mostChecks), ports)));
        return { body: { probes } };
      },
    },
    showProbe: {
      answer: async ({ params: { account, probe } }) => {
        const ticket = await desk.ticket(account, probe);
        if (ticket === null) return refuse('not_found', `no probe "${probe}"`);
        return { body: await answerProbe(account, ticket, ports) };
      },
    },
    followProbes: {
      config: { ...streamLimit(options), turn: 'none' },
      answer: async ({ params: { account }, query, request, reply }) => {
        const ids = [...new Set(query.ids.split(',').filter(Boolean))];
        const gone = hangUp(reply);
        const seat = await followers.enter(account);
        if ('limit' in seat) return sent(sendTooMany(reply, seat.limit));
        leaveWith(gone, seat.leave);
        const signal = AbortSignal.any([gone, AbortSignal.timeout(longestStreamMs)]);
        async function* events() {
          let done = 0;
          // An SSE comment: it sends the headers, so the client knows that the request was accepted.
          yield `: following ${ids.length} probes\n\n`;
          for await (const ticket of desk.follow(account, ids, signal)) {
            // A revoked token is refused at once, even on a stream that is already open.
            if (!(await isStillPermitted(request, options.access, 'read_account', account))) return;
            done += 1;
            const answer = await answerProbe(account, ticket, ports);
            const data = { ...answer, progress: { done, of: ids.length } };
            yield `event: probe\nid: ${ticket.id}\ndata: ${JSON.stringify(data)}\n\n`;
          }
          yield `event: end\ndata: ${JSON.stringify({ done, of: ids.length })}\n\n`;
        }
        reply.type('text/event-stream');
        return sent(reply.send(Readable.from(withPulse(events(), ': still following\n\n', pulseMs))));
      },
    },
  };
}
