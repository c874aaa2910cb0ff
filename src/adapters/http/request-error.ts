import type { FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { Unreadable } from '../../flow/unreadable.ts';
import { problemOfError } from './broken-request.ts';
import { badInput, type ProblemDetails, problem, sendProblem } from './problem.ts';

/** Answers a request of the API or the page that failed. */
export function onError(error: unknown, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (hasZodFastifySchemaValidationErrors(error)) {
    return badInput(
      reply,
      error.validation.map(({ instancePath, message }) => ({
        path: `${error.validationContext ?? 'request'}${instancePath.replaceAll('/', '.')}`.replace(
          /\.$/,
          '',
        ),
        message: message ?? 'not as expected',
      })),
    );
  }
  if (error instanceof Unreadable) {
    const { account, domain, problem: found, remedy = 'remove it, then add it again' } = error.value;
    const what = domain === null ? `the account "${account}"` : `"${domain}"`;
    const detail = `the stored data of ${what} cannot be read (${found}): ${remedy}`;
    return sendProblem(reply, problem(500, 'unreadable', 'Cannot be read', detail));
  }
  const { limit } = error as { limit?: ProblemDetails['limit'] };
  return sendProblem(reply, { ...problemOfError(error as Error), ...(limit ? { limit } : {}) });
}
