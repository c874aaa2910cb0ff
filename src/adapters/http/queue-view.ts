import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { Queue } from 'bullmq';
import type { FastifyInstance } from 'fastify';
import { type AccessOptions, admit, permit } from './access.ts';
import type { PrefixOf } from './path-prefix.ts';
import { problem, sendProblem } from './problem.ts';
import { answerWhileAway, sendStoreAway } from './store-away.ts';

export interface QueueViewOptions {
  readonly access: AccessOptions;
  /** The queues to show; empty until the store has been reached. */
  readonly queues: () => readonly Queue[];
  readonly trouble: () => string | null;
  readonly prefixOf: PrefixOf;
}

/**
 * The page may load and run only its own files. Bull Board links a Google font, which would tell Google who opens which
 * installation, and jobs contain data sent by the probed servers. Its styles are inline attributes.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Bull Board, read-only, for admins. A browser is asked for a password: any user name, with the token. */
export async function queueView(
  app: FastifyInstance,
  options: QueueViewOptions & { prefix: string },
): Promise<void> {
  const { access, queues, trouble, prefix, prefixOf } = options;
  const serverAdapter = new FastifyAdapter();
  const board = createBullBoard({ queues: [], serverAdapter });

  answerWhileAway(app, trouble);
  app.addHook('onRequest', async (request, reply) => {
    // Bull Board itself refuses to change read-only queues; this does not rely on its next version doing so.
    reply.headers({
      'content-security-policy': contentSecurityPolicy,
      'referrer-policy': 'no-referrer',
    });
    const isReading = request.method === 'GET' || request.method === 'HEAD';
    const away = trouble();
    if (away !== null) return sendStoreAway(reply, away);
    if ((await admit(request, reply, access)) !== undefined) return reply;
    if (!permit(request, reply, 'read_queues', null)) return reply;
    if (!isReading) {
      const detail = 'the queues can be viewed, but not changed';
      return sendProblem(reply.header('allow', 'GET, HEAD'), problem(405, 'read_only', 'Read only', detail));
    }
    board.setQueues(queues().map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })));
    return undefined;
  });
  app.addHook('preHandler', (request, _reply, done) => {
    // The base path of the page's files. Its handler runs in the same tick, before another request can come in.
    serverAdapter.setBasePath(`${prefixOf(request.raw)}${prefix}`);
    done();
  });
  await app.register(serverAdapter.registerPlugin());
}
