import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { Unreadable } from '../../flow/unreadable.ts';
import { admit, deny } from './access.ts';
import { meAnswer, problemAnswer } from './answers.ts';
import type { ApiOptions } from './api-options.ts';
import { problemOfError } from './broken-request.ts';
import { badInput, type ProblemDetails, problem, sendProblem } from './problem.ts';
import { registerLimits } from './request-limits.ts';
import { accountRoutes } from './routes/accounts.ts';
import { domainRoutes } from './routes/domains.ts';
import { incidentRoutes } from './routes/incidents.ts';
import { pinRoutes } from './routes/pins.ts';
import { probeRoutes } from './routes/probes.ts';
import { tokenRoutes } from './routes/tokens.ts';
import { answerWhileAway, sendStoreAway } from './store-away.ts';

/** Every refusal has one form, so that it is documented here and not at each route. */
function problems(description: string) {
  return { description, content: { 'application/problem+json': { schema: problemAnswer } } };
}

/** Everything under /v1. Each request is somebody's (access.ts), well-formed (schemas.ts), and about what they may see. */
export async function api(app: FastifyInstance, options: ApiOptions): Promise<void> {
  const { administration, access } = options;
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.setValidatorCompiler(validatorCompiler);
  // What is shown is made by views.ts; it is not copied through a schema once more.
  typed.setSerializerCompiler(() => (data) => JSON.stringify(data));
  // Its own parser would let a text in, as a web page may send one unasked.
  typed.removeContentTypeParser('text/plain');
  typed.setErrorHandler(onError);
  typed.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, problem(404, 'not_found', 'Not found', 'no such thing')),
  );

  await typed.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'pinwatch', version: options.version, license: { name: 'Apache-2.0' } },
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer' },
          password: { type: 'http', scheme: 'basic', description: 'Any user name, the token as password.' },
        },
      },
      security: [{ token: [] }, { password: [] }],
    },
    transform: ({ schema, ...rest }) => {
      const refused = {
        '4XX': problems('What was asked was not done.'),
        '5XX': problems('It could not be done now.'),
      };
      const shown = schema?.hide
        ? schema
        : { ...schema, response: { ...(schema?.response ?? {}), ...refused } };
      return jsonSchemaTransform({ ...rest, schema: shown } as Parameters<typeof jsonSchemaTransform>[0]);
    },
  });

  answerWhileAway(app, options.trouble);
  typed.addHook('onRequest', async (request, reply) => {
    const trouble = options.trouble();
    if (trouble !== null) return sendStoreAway(reply, trouble);
    return admit(request, reply, access);
  });

  // The same host as that of the document, whatever name a proxy gives this listener.
  typed.get('/openapi.json', { schema: { hide: true } }, ({ raw }) => ({
    ...app.swagger(),
    servers: [{ url: options.prefixOf(raw) || '/' }],
  }));
  typed.get(
    '/me',
    { schema: { operationId: 'showMe', summary: 'Whose token this is', response: { 200: meAnswer } } },
    async ({ principal }, reply) => principal ?? deny(reply, 401),
  );
  await registerLimits(app, options);
  accountRoutes(typed, administration);
  domainRoutes(typed, administration, options);
  pinRoutes(typed, administration);
  incidentRoutes(typed, administration);
  probeRoutes(typed, administration, options);
  tokenRoutes(typed, administration);
}

function onError(error: unknown, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
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
    const { account, domain, problem: found } = error.value;
    const what = domain === null ? `the account "${account}"` : `"${domain}"`;
    const detail = `what is stored of ${what} cannot be read (${found}): remove it, and add it again`;
    return sendProblem(reply, problem(500, 'unreadable', 'Cannot be read', detail));
  }
  const { limit } = error as { limit?: ProblemDetails['limit'] };
  return sendProblem(reply, { ...problemOfError(error as Error), ...(limit ? { limit } : {}) });
}
