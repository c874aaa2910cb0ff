/** Signing in and out. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { may } from '../../../core/access.ts';
import { actorOf, isClosed, isOutdated, ownerOf } from '../access.ts';
import { isOfOwnPage } from '../browser.ts';
import { problem, sendProblem } from '../problem.ts';
import { type Answers, isView } from './answer.ts';
import type { PageOptions } from './page-options.ts';
import { type CookiePrefix, cookieName, sessionMs } from './sessions.ts';
import { signInView } from './sign-in.ts';

const form = z.object({ token: z.string().trim().max(1_000), from: z.string().max(2_000).catch('/') });
type Form = z.output<typeof form>;

/** For each token, so that nobody fills the store with sessions. */
const signInsPerMinute = 20;

export function serveSigning(app: FastifyInstance, options: PageOptions, answers: Answers): void {
  const { access, sessions } = options;
  const count = app.createRateLimit({
    max: signInsPerMinute,
    timeWindow: 60_000,
    keyGenerator: ({ principal }) => `sign-in ${principal?.role} ${principal?.account} ${principal?.name}`,
  });

  app.get('/sign-in', { config: { turn: 'none' } }, (request, reply) => {
    const { from = '/' } = request.query as { from?: unknown };
    const to = typeof from === 'string' && isView(from) ? from : '/';
    return answers.send(request, reply, signInView(answers.linksOf(request), to, null));
  });

  // Not in turn: those who have no token would share one queue.
  const config = { turn: 'none' } as const;
  app.post<{ Body: Form }>('/sign-in', { schema: { body: form }, config }, async (request, reply) => {
    const { token, from } = request.body;
    const to = isView(from) ? from : '/';
    const links = answers.linksOf(request);
    const again = (status: number, reason: string) =>
      answers.send(request, reply.code(status), signInView(links, to, reason));
    const asker = await ownerOf(token, request, access);
    if (isOutdated(reply, access) || isClosed(reply, access)) return reply;
    if ('problem' in asker) {
      return asker.problem === 429
        ? again(429, 'Too many failed attempts from your address: wait, then try again.')
        : again(403, 'This is not a valid token.');
    }
    const { principal } = asker;
    if (!may(principal, 'read_account', principal.account)) {
      return again(403, `This token has the role ${principal.role}, which may not see the page.`);
    }
    const counted = await count(Object.assign(request, { principal }));
    if (!counted.isAllowed && counted.isExceeded) {
      return again(429, `Too many sign-ins: try again in ${counted.ttlInSeconds} s.`);
    }
    // One that was open before must not outlive it.
    await sessions.close(request.headers.cookie ?? '');
    const id = await sessions.open(token);
    options.onSignIn(principal, actorOf(request).address);
    reply.header('set-cookie', cookie(request, links.overview, id, sessionMs / 1_000));
    return answers.goOn(reply, `${links.overview}${to.slice(1)}`);
  });

  app.post('/sign-out', { config }, async (request, reply) => {
    const links = answers.linksOf(request);
    await sessions.close(request.headers.cookie ?? '');
    reply.header('set-cookie', cookie(request, links.overview, '', 0));
    return answers.goOn(reply, links.signIn);
  });
}

/** A form may be sent only by a page of this service. */
export function refuseOthersForms(app: FastifyInstance): void {
  app.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    if (['GET', 'HEAD', 'OPTIONS'].includes(request.method) || isOfOwnPage(request)) return undefined;
    const detail =
      'the form was not sent by this page: open the page again, and check that a proxy in front passes on the Host header';
    return sendProblem(reply, problem(403, 'other_page', 'Sent by another page', detail));
  });
}

/**
 * `Strict`: no other site's page can make the browser send it. `Secure` if the browser itself uses HTTPS, which Origin
 * says even if a proxy speaks plain HTTP to this service.
 */
function cookie(request: FastifyRequest, path: string, value: string, maxAge: number): string {
  const isSecure = request.protocol === 'https' || request.headers.origin?.startsWith('https:') === true;
  const prefix: CookiePrefix = !isSecure ? '' : path === '/' ? '__Host-' : '__Secure-';
  const flags = `Path=${path}; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
  return `${prefix}${cookieName}=${value}; ${flags}`;
}
