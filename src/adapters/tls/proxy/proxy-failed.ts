import type { Failure } from '../../../core/observation.ts';

export function proxyFailed(reason: string): Failure {
  return { code: 'proxy_failed', message: `the proxy made no connection: ${reason}` };
}
