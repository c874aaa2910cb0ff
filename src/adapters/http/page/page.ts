/** The page for people. It shows and does what the API does, through the same use cases. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { accountParams } from '../../../wire/accounts.ts';
import { domainParams } from '../../../wire/domain-name.ts';
import { actorOf, admit, deny, permit } from '../access.ts';
import { isFollowedLink } from '../browser.ts';
import { refused } from '../problem.ts';
import { onError } from '../request-error.ts';
import { registerLimits } from '../request-limits.ts';
import { answerWhileAway, sendStoreAway } from '../store-away.ts';
import { accountQuery, accountView } from './account.ts';
import { serveActions } from './actions.ts';
import { type Answers, createAnswers, pageHeaders, wordProblems } from './answer.ts';
import type { Asked, Viewed } from './asked.ts';
import { serveAssets } from './assets.ts';
import { domainQuery, domainView } from './domain.ts';
import { overviewQuery, overviewView } from './overview.ts';
import type { PageOptions } from './page-options.ts';
import { servePublic } from './public.ts';
import { cookieName } from './sessions.ts';
import { againView } from './sign-in.ts';
import { refuseOthersForms, serveSigning } from './signing.ts';

/** `index`: what a client that takes no HTML gets at `/`. */
export async function page(
  app: FastifyInstance,
  options: PageOptions & { readonly index: (request: FastifyRequest) => string },
): Promise<void> {
  serveAssets(app);
  servePublic(app, options);
  await app.register(async (views) => serveViews(views, options));
}

async function serveViews(
  app: FastifyInstance,
  options: PageOptions & { readonly index: (request: FastifyRequest) => string },
): Promise<void> {
  const answers = createAnswers(options);
  app.setValidatorCompiler(validatorCompiler);
  app.setErrorHandler(onError);
  readForms(app);
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(pageHeaders);
  });
  wordProblems(app, answers);
  answerWhileAway(app, options.trouble);
  refuseOthersForms(app);
  app.addHook('onRequest', (request, reply) => findCaller(request, reply, options, answers));
  await registerLimits(app, options);

  serveSigning(app, options, answers);
  serveActions(app, options, answers);

  const show = (
    view: (asked: Asked<never, never>) => Viewed,
    account: (params: unknown) => string | null,
  ) => {
    return async (request: FastifyRequest, reply: FastifyReply) => {
      const { principal, params, query } = request;
      if (principal === null) return deny(reply, 401);
      if (!permit(request, reply, 'read_account', account(params))) return reply;
      const viewed = await view({
        ...{ params: params as never, query: query as never, principal, actor: actorOf(request) },
        ...{ links: answers.linksOf(request), ports: options.ports },
        ...{ runbookUrl: options.runbookUrl(), now: options.ports.clock() },
      });
      return 'refusal' in viewed ? refused(reply, viewed.refusal) : answers.send(request, reply, viewed);
    };
  };
  const ofAccount = (params: unknown) => (params as z.output<typeof accountParams>).account;

  const overview = show(overviewView, () => null);
  app.get('/', { schema: { querystring: overviewQuery } }, (request, reply) => {
    reply.header('vary', 'accept, cookie');
    return takesHtml(request)
      ? overview(request, reply)
      : reply.type('text/plain').send(options.index(request));
  });
  app.get(
    '/accounts/:account',
    { schema: { params: accountParams, querystring: accountQuery } },
    show(accountView, ofAccount),
  );
  app.get(
    '/accounts/:account/domains/:domain',
    { schema: { params: domainParams, querystring: domainQuery } },
    show(domainView, ofAccount),
  );
}

/** Forms only: a page of another site cannot send another type without asking first. */
function readForms(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 32 * 1024 },
    (_request, body, done) => {
      const fields = new Map<string, string | string[]>();
      for (const [name, value] of new URLSearchParams(String(body))) {
        const before = fields.get(name);
        fields.set(name, before === undefined ? value : [before, value].flat());
      }
      done(null, Object.fromEntries(fields));
    },
  );
}

/** Answers the request if it can't go on. Signing in and out needs no caller. */
async function findCaller(
  request: FastifyRequest,
  reply: FastifyReply,
  { access, trouble, prefixOf }: PageOptions,
  answers: Answers,
): Promise<FastifyReply | undefined> {
  const { url } = request.routeOptions;
  if (url === '/' && !takesHtml(request)) return undefined;
  const away = trouble();
  if (away !== null) return sendStoreAway(reply, away);
  if (url === '/sign-in' || url === '/sign-out') return undefined;
  if (request.headers.cookie?.includes(`${cookieName}=`)) return admit(request, reply, access);
  if (request.method === 'GET' && isFollowedLink(request.headers)) {
    return answers.send(request, reply, againView(`${prefixOf(request.raw)}${request.url}`));
  }
  // Without a session, signing in is the next step and no failed attempt.
  const hasTokens = access.adminToken !== null || (await access.hasTokens());
  return hasTokens ? deny(reply, 401) : admit(request, reply, access);
}

function takesHtml({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes('text/html') === true;
}
