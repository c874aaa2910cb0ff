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
      Object.assign(new Error(`too many requests for this account: try again in ${after}`), {
        statusCode: 429,
        code: 'too_many',
      }),
  });
}

/** A request for probes may name thousands of domains, an addition names one: files of hundreds are applied. */
const additionsPerRequest = 10;

type Limits = Pick<ApiOptions, 'probesPerMinute'>;

/** For a route's `config`: each has a count of its own. */
export const probeLimit = ({ probesPerMinute }: Limits) => limit(probesPerMinute);

export const additionLimit = ({ probesPerMinute }: Limits) => limit(probesPerMinute * additionsPerRequest);

/** As an addition, where a change names other addresses, which are looked at then: known once the body is there. */
export function addressLimit(limits: Limits) {
  const { rateLimit } = additionLimit(limits);
  const allowList = ({ body }: FastifyRequest) => !(body as { connect?: unknown } | undefined)?.connect;
  return { rateLimit: { ...rateLimit, hook: 'preHandler' as const, allowList } };
}

function limit(max: number) {
  return {
    rateLimit: {
      max,
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
