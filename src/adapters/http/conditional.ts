import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Stored } from '../../flow/admin/admin-store.ts';
import { problem, sendProblem } from './problem.ts';
import { etagOf } from './views.ts';

/**
 * If-Match (RFC 9110, section 13.1.1): the text that the caller has read. undefined if there is no condition, or
 * nothing to compare with; false if it was changed since, and the request has been answered.
 */
export function expectedText(
  request: FastifyRequest,
  reply: FastifyReply,
  stored: Stored<unknown> | null,
): string | undefined | false {
  const header = request.headers['if-match'];
  if (header === undefined || header.trim() === '*' || stored === null) return undefined;
  const tags = header.split(',').map((tag) => tag.trim());
  if (tags.includes(etagOf(stored))) return stored.text;
  const detail = 'it was changed since you read it: read it again, then repeat the change';
  sendProblem(reply, problem(412, 'stale', 'Changed meanwhile', detail));
  return false;
}
