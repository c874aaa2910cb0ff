import type { Socket } from 'node:net';
import { SocksClient, SocksClientError } from 'socks';
import type { Failure } from '../../../core/observation.ts';
import type { ProbeProxy } from '../../../core/probe-proxy.ts';
import type { Place } from '../route.ts';
import { proxyFailed } from './proxy-failed.ts';

/** Asks a SOCKS5 proxy for a connection (RFC 1928). */
export async function connectThrough(
  socket: Socket,
  { address, port }: Place,
  proxy: ProbeProxy,
  timeoutMs: number,
): Promise<Failure | null> {
  const { user, password } = proxy.credentials ?? {};
  try {
    await SocksClient.createConnection({
      command: 'connect',
      destination: { host: address, port },
      proxy: {
        ...{ host: proxy.host, port: proxy.port, type: 5 },
        ...(user === undefined ? {} : { userId: user }),
        ...(password === undefined ? {} : { password }),
      },
      existing_socket: socket,
      // The caller's deadline comes first. The timer outlives a connection that was made, so it must not be long.
      timeout: timeoutMs + 1_000,
    });
    return null;
  } catch (error) {
    return failureOf(error);
  }
}

/** What the proxy says of the target (RFC 1928, section 6), as a connection of our own would have failed. */
function failureOf(error: unknown): Failure {
  const reply = error instanceof SocksClientError ? (/ - (\w+)/.exec(error.message)?.[1] ?? '') : '';
  switch (reply) {
    case 'ConnectionRefused':
      return { code: 'connection_refused', message: 'the address refused the TCP connection of the proxy' };
    case 'NetworkUnreachable':
    case 'HostUnreachable':
      return { code: 'network_unreachable', message: `the proxy cannot reach the address (${reply})` };
    case 'TTLExpired':
      return { code: 'connection_timeout', message: 'the address did not answer the proxy (TTLExpired)' };
    case '':
      return proxyFailed('it does not speak SOCKS5, or refused the credentials');
    // A number that RFC 1928 does not have.
    case 'undefined':
      return proxyFailed('it gave an unknown reason');
    default:
      return proxyFailed(reply);
  }
}
