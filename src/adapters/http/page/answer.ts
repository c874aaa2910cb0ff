/** How the page answers: documents, ways on, and the problems of problem.ts in words. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { html } from '../../../core/html.ts';
import type { PrefixOf } from '../path-prefix.ts';
import type { ProblemDetails } from '../problem.ts';
import { documentOf, type Frame, type View } from './document.ts';
import { type Links, linksBelow } from './links.ts';
import { cookieName } from './sessions.ts';

/** The page runs and loads only its own files, and sends its forms only to itself. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const pageHeaders = {
  'content-security-policy': contentSecurityPolicy,
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

export interface Answers {
  linksOf(request: FastifyRequest): Links;
  frameOf(request: FastifyRequest): Frame;
  send(request: FastifyRequest, reply: FastifyReply, view: View): FastifyReply;
  /** 303: the browser goes on with GET, so a reload does not repeat the change. */
  goOn(reply: FastifyReply, to: string): FastifyReply;
}

export function createAnswers({
  prefixOf,
  version,
}: {
  readonly prefixOf: PrefixOf;
  readonly version: string;
}): Answers {
  const linksOf = (request: FastifyRequest) => linksBelow(prefixOf(request.raw));
  const frameOf = (request: FastifyRequest): Frame => ({
    ...{ links: linksOf(request), principal: request.principal, version },
    isSignedIn: request.headers.cookie?.includes(`${cookieName}=`) === true,
  });
  return {
    linksOf,
    send(request, reply, view) {
      return reply.type('text/html; charset=utf-8').send(documentOf(frameOf(request), view).toString());
    },
    frameOf,
    goOn: (reply, to) => reply.code(303).header('location', to).send(),
  };
}

/** Refusals come as problem details from the same functions as the API's; here they become documents. */
export function wordProblems(app: FastifyInstance, { linksOf, frameOf }: Answers): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (!String(reply.getHeader('content-type')).startsWith('application/problem+json')) return payload;
    const problem = JSON.parse(String(payload)) as ProblemDetails;
    // A browser would ask for a password.
    reply.removeHeader('www-authenticate');
    if (problem.status === 401) {
      reply
        .code(303)
        .header('location', `${linksOf(request).signIn}?from=${encodeURIComponent(fromOf(request))}`);
      reply.removeHeader('content-type');
      return '';
    }
    const view: View = {
      title: problem.title,
      trail: [],
      content: html`<h1>${problem.title}</h1><p class="lead">${problem.detail}</p>`,
    };
    reply.type('text/html; charset=utf-8').removeHeader('content-length');
    return documentOf(frameOf(request), view).toString();
  });
}

/** The path that a person asked for, to return to after signing in. */
function fromOf({ method, url }: FastifyRequest): string {
  return method === 'GET' ? url : '/';
}

/** Only views of this page: anything else could lead to another site. */
export function isView(path: string): boolean {
  const isOurs = /^\/(?:\?[\x21-\x7e]*|accounts\/[\x21-\x7e]*)?$/.test(path) && !path.includes('\\');
  // Segments of dots lead out of the prefix.
  return isOurs && !/\/(?:\.|%2e){1,2}(?:[/?]|$)/i.test(path);
}
