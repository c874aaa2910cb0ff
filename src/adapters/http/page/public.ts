/** `GET /public/ACCOUNT/status.json` and `badge.svg`: for status pages and READMEs, without a token. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { rfc3339 } from '../../../core/clock.ts';
import type { Harm } from '../../../core/harm.ts';
import { html } from '../../../core/html.ts';
import { createPublicStatus } from '../../../flow/admin/public-status.ts';
import { isClosed, isOutdated } from '../access.ts';
import { problem, sendProblem } from '../problem.ts';
import { sendStoreAway } from '../store-away.ts';
import type { PageOptions } from './page-options.ts';

/** The worst of the account's domains, for programs and on the badge. */
const words: Readonly<
  Record<Harm, { readonly status: string; readonly text: string; readonly colour: string }>
> = {
  fail: { status: 'failing', text: 'apps fail', colour: '#a11a13' },
  unknown: { status: 'unknown', text: 'unknown', colour: '#6b5000' },
  none: { status: 'ok', text: 'apps connect', colour: '#17612f' },
};

/** Public, so it may be cached; a minute is soon enough for a status page. */
const headers = { 'cache-control': 'public, max-age=60', 'access-control-allow-origin': '*' };

export function servePublic(app: FastifyInstance, { ports, trouble, access }: PageOptions): void {
  const statusOf = createPublicStatus(ports);
  const find = async (account: string, reply: FastifyReply) => {
    const away = trouble();
    if (away !== null) return sent(sendStoreAway(reply, away));
    // What a store that is not the one last seen says of an account may be wrong.
    if (isOutdated(reply, access) || isClosed(reply, access)) return null;
    const status = await statusOf(account);
    if (status !== null) return status;
    return sent(sendProblem(reply, problem(404, 'not_found', 'Not found', 'no such resource')));
  };

  app.get<{ Params: { account: string } }>('/public/:account/status.json', async (request, reply) => {
    const found = await find(request.params.account, reply);
    if (found === null) return reply;
    const { account, harm, probedAt } = found;
    const at = probedAt === 0 ? null : rfc3339(probedAt);
    return reply.headers(headers).send({ account, status: words[harm].status, probedAt: at });
  });

  app.get<{ Params: { account: string } }>('/public/:account/badge.svg', async (request, reply) => {
    const found = await find(request.params.account, reply);
    if (found === null) return reply;
    return reply.headers(headers).type('image/svg+xml').send(badge(found.harm));
  });
}

/** A reply is thenable: returning it would wait until it has been sent. */
function sent(_reply: FastifyReply): null {
  return null;
}

function badge(harm: Harm): string {
  const { text, colour } = words[harm];
  return html`<svg xmlns="http://www.w3.org/2000/svg" width="150" height="20" role="img" aria-label="certificate pins: ${text}"><rect width="62" height="20" fill="#41474f"/><rect x="62" width="88" height="20" fill="${colour}"/><g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11"><text x="8" y="14">pinwatch</text><text x="70" y="14">${text}</text></g></svg>`.toString();
}
