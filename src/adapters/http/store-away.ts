import type { FastifyInstance, FastifyReply } from 'fastify';
import { problem, sendProblem } from './problem.ts';

const checkEveryMs = 1_000;
/** A short outage is waited out: requests are answered when it is over. */
const patientChecks = 2;

export function sendStoreAway(reply: FastifyReply, trouble: string): FastifyReply {
  reply.header('retry-after', '5');
  return sendProblem(reply, problem(503, 'store_away', 'The store cannot be used now', trouble));
}

/**
 * Answers the waiting requests when the store goes away, because it may be away for hours. A change in progress may
 * still be made once the store is back. Must come before all other hooks.
 */
export function answerWhileAway(app: FastifyInstance, trouble: () => string | null): void {
  const waiting = new Set<FastifyReply>();
  app.addHook('onRequest', (_request, reply, done) => {
    waiting.add(reply);
    // Answered, or the caller has hung up.
    reply.raw.once('close', () => waiting.delete(reply));
    done();
  });

  let checks = 0;
  const timer = setInterval(() => {
    const reason = trouble();
    checks = reason === null ? 0 : checks + 1;
    if (reason === null || checks < patientChecks) return;
    for (const reply of waiting) {
      waiting.delete(reply);
      // A stream that has started goes on when the store is back.
      if (!reply.sent && !reply.raw.headersSent) sendStoreAway(reply, reason);
    }
  }, checkEveryMs);
  timer.unref();
  app.addHook('onClose', async () => clearInterval(timer));
}
