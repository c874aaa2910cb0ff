import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RateLimitPluginOptions } from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RawServerDefault,
} from 'fastify';
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import type { Administration } from '../../flow/admin/administration.ts';
import { Unreadable } from '../../flow/unreadable.ts';
import { type AccessOptions, admit, deny } from './access.ts';
import { meAnswer, problemAnswer } from './answers.ts';
import { problemOfError } from './broken-request.ts';
import type { PrefixOf } from './path-prefix.ts';
import { badInput, type Problem, problem, sendProblem } from './problem.ts';
import { registerLimits } from './request-limits.ts';
import { accountRoutes } from './routes/accounts.ts';
import { domainRoutes } from './routes/domains.ts';
import { incidentRoutes } from './routes/incidents.ts';
import { pinRoutes } from './routes/pins.ts';
import { probeRoutes } from './routes/probes.ts';
import { tokenRoutes } from './routes/tokens.ts';
import { answerWhileAway, sendStoreAway } from './store-away.ts';

export interface ApiOptions {
  readonly administration: Administration;
  readonly access: AccessOptions;
  readonly version: string;
  /** Requests for probes that one account may make in a minute, and ten times as many additions of domains. */
  readonly probesPerMinute: number;
  /** Changes that one account may make in a minute, and every admin. */
  readonly changesPerMinute: number;
  /** The Redis that these are counted in, so that all processes share one count. */
  readonly counter: NonNullable<RateLimitPluginOptions['redis']>;
  /** null while the store can be used; else why not: the API then answers 503 at once. */
  readonly trouble: () => string | null;
  readonly prefixOf: PrefixOf;
}

export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

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
  const { limit } = error as { limit?: Problem['limit'] };
  return sendProblem(reply, { ...problemOfError(error as Error), ...(limit ? { limit } : {}) });
}
