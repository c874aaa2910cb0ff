import type { FastifyReply } from 'fastify';
import type { Refusal, RefusalKind } from '../../flow/admin/outcome.ts';

const statuses: Record<RefusalKind, { status: number; title: string }> = {
  not_found: { status: 404, title: 'Not found' },
  exists: { status: 409, title: 'Already exists' },
  stale: { status: 412, title: 'Changed meanwhile' },
  provisioned: { status: 409, title: 'Comes from a file' },
  guarded: { status: 409, title: 'The apps would fail' },
  limit: { status: 409, title: 'Limit reached' },
  unprocessable: { status: 422, title: 'Cannot be done' },
};

/** Problem details (RFC 9457). `code` says for programs what `title` says for people. */
export interface ProblemDetails {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  /** Where in the request, for bad input, or where in the configuration file. */
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  /** Which limit was reached, and its value. */
  readonly limit?: { readonly name: string; readonly value: number };
  /** false: not even with force. */
  readonly forcible?: false;
}

export function problem(status: number, code: string, title: string, detail: string): ProblemDetails {
  return { type: 'about:blank', title, status, code, detail };
}

export function sendProblem(reply: FastifyReply, what: ProblemDetails): FastifyReply {
  return reply.code(what.status).type('application/problem+json').send(JSON.stringify(what));
}

export function refused(
  reply: FastifyReply,
  { kind, detail, limit, errors, forcible }: Refusal,
): FastifyReply {
  const { status, title } = statuses[kind];
  return sendProblem(reply, {
    ...problem(status, kind, title, detail),
    ...(limit ? { limit } : {}),
    ...(errors ? { errors } : {}),
    ...(forcible === false ? { forcible } : {}),
  });
}

/** A list of a thousand wrong values must not be answered with a thousand sentences. */
const mostErrors = 20;

/** Bad input: each place, what was found there, and what was expected. */
export function badInput(reply: FastifyReply, errors: NonNullable<ProblemDetails['errors']>): FastifyReply {
  const shown = errors.slice(0, mostErrors);
  const more = errors.length > mostErrors ? `; and ${errors.length - mostErrors} more` : '';
  const detail = shown.map(({ path, message }) => `${path}: ${message}`).join('; ') + more;
  return sendProblem(reply, { ...problem(400, 'bad_input', 'Bad input', detail), errors: shown });
}
