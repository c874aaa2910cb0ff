/** What has the service connect somewhere at once is asked for only so often by one account. */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { may } from '../../core/access.ts';
import type { ApiOptions } from './api.ts';

/** Before the routes that have such a limit. */
export async function registerProbeLimit(
  app: FastifyInstance,
  { counter }: Pick<ApiOptions, 'counter'>,
): Promise<void> {
  await app.register(rateLimit, {
    global: false,
    redis: counter,
    nameSpace: 'pinwatch:requests:',
    // Thrown by the plugin: the API's error handler makes the answer of it.
    errorResponseBuilder: (_request, { after }) =>
      Object.assign(new Error(`too many requests for probes: try again in ${after}`), {
        statusCode: 429,
        code: 'too_many',
      }),
  });
}

/** A route's `config`: each has a count of its own. */
export function probeLimit({ probesPerMinute }: Pick<ApiOptions, 'probesPerMinute'>) {
  return {
    rateLimit: {
      max: probesPerMinute,
      timeWindow: 60_000,
      // Whoever may not probe the account must neither use up its share nor learn how much is left of it.
      keyGenerator: ({ params, principal }: FastifyRequest) => {
        const { account } = params as { account: string };
        const allowed = principal !== null && may(principal, 'edit_account', account);
        return allowed ? `account ${account}` : `refused ${principal?.account} ${principal?.name}`;
      },
    },
  };
}

/** The same for a change of a domain, which has it looked at only where it names other addresses: known once the body is there. */
export function addressLimit(options: Pick<ApiOptions, 'probesPerMinute'>) {
  const { rateLimit } = probeLimit(options);
  const allowList = ({ body }: FastifyRequest) => !(body as { connect?: unknown } | undefined)?.connect;
  return { rateLimit: { ...rateLimit, hook: 'preHandler' as const, allowList } };
}
