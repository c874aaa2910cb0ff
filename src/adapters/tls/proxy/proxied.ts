import type { ProbeProxy } from '../../../core/probe-proxy.ts';
import type { Route } from '../route.ts';
import { connectThrough as throughHttp } from './http-connect.ts';
import { proxyFailed } from './proxy-failed.ts';
import { connectThrough as throughSocks } from './socks5.ts';

export function proxied(proxy: ProbeProxy): Route {
  const { kind, host, port } = proxy;
  const through = kind === 'http' ? throughHttp : throughSocks;
  return {
    firstHop: () => ({ host, port }),
    failure: (error) => proxyFailed(`it cannot be reached (${codeOf(error)})`),
    reach: (socket, target, timeoutMs) => through(socket, target, proxy, timeoutMs),
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
