import type { FastifyInstance } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import { admit } from './access.ts';
import type { ApiOptions } from './api-options.ts';
import { registerOpenApi } from './openapi.ts';
import { problem, sendProblem } from './problem.ts';
import { onError } from './request-error.ts';
import { registerLimits } from './request-limits.ts';
import { accountHandlers } from './routes/accounts.ts';
import { adoptionHandlers } from './routes/adoption.ts';
import { auditHandlers } from './routes/audit.ts';
import { configHandlers } from './routes/configs.ts';
import { deviceHandlers } from './routes/devices.ts';
import { discoveryHandlers } from './routes/discovery.ts';
import { domainHandlers } from './routes/domains.ts';
import { exportHandlers } from './routes/exports.ts';
import { incidentHandlers } from './routes/incidents.ts';
import { pinSetHandlers } from './routes/pin-sets.ts';
import { pinHandlers } from './routes/pins.ts';
import { probeHandlers } from './routes/probes.ts';
import { reloadHandlers } from './routes/reload.ts';
import { rotationHandlers } from './routes/rotations.ts';
import { statusHandlers } from './routes/status.ts';
import { tokenHandlers } from './routes/tokens.ts';
import { serveRoutes } from './serve-routes.ts';
import { answerWhileAway, sendStoreAway } from './store-away.ts';

/** Everything under /v1: the routes of src/wire with their handlers. */
export async function api(app: FastifyInstance, options: ApiOptions): Promise<void> {
  const { ports, access } = options;
  app.setValidatorCompiler(validatorCompiler);
  // Its own parser also accepts text/plain, which a cross-site form can send.
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler(onError);
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, problem(404, 'not_found', 'Not found', 'no such resource')),
  );
  await registerOpenApi(app, options.version);

  answerWhileAway(app, options.trouble);
  app.addHook('onRequest', async (request, reply) => {
    const trouble = options.trouble();
    if (trouble !== null) return sendStoreAway(reply, trouble);
    return admit(request, reply, access);
  });

  // A relative URL: the same host as the document, whatever name a proxy gives this listener.
  app.get('/openapi.json', ({ raw }) => ({
    ...app.swagger(),
    servers: [{ url: options.prefixOf(raw) || '/' }],
  }));
  await registerLimits(app, options);
  serveRoutes(app, {
    ...tokenHandlers(ports),
    ...accountHandlers(ports),
    ...domainHandlers(ports, options),
    ...discoveryHandlers(ports),
    ...pinHandlers(ports),
    ...pinSetHandlers(ports),
    ...exportHandlers(ports),
    ...configHandlers(ports, options),
    ...adoptionHandlers(ports),
    ...deviceHandlers(ports),
    ...rotationHandlers(ports, options),
    ...incidentHandlers(ports),
    ...probeHandlers(app, ports, options),
    ...auditHandlers(ports),
    ...statusHandlers(ports),
    ...reloadHandlers(ports),
  });
}
