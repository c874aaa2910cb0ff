/** Asks a pinwatch listener, from its own machine, whether it is healthy. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

export interface ListenerAddress {
  /** As configured: an address, a name, or 0.0.0.0 or :: for all addresses. */
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

export interface Health {
  readonly url: string;
  /** The HTTP status; null if there was no answer. */
  readonly status: number | null;
  /** Why it is not healthy; null if it is. */
  readonly reason: string | null;
}

/** The answer has about 60 bytes. */
const mostBytes = 64 * 1024;

/** Nothing listens at the address, or this machine does not have it: try the next one. */
const notThere = ['ECONNREFUSED', 'EADDRNOTAVAIL', 'ENETUNREACH', 'EHOSTUNREACH', 'EAFNOSUPPORT', 'EINVAL'];

/** Asks `/healthz`. Always answers within `timeoutMs`. */
export async function askListener(listener: ListenerAddress, timeoutMs: number): Promise<Health> {
  const signal = AbortSignal.timeout(timeoutMs);
  let health: Health = { url: '', status: null, reason: 'no address to ask' };
  for (const host of addressesOf(listener.host)) {
    const shown = host.includes(':') ? `[${host}]` : host;
    const url = `${listener.isTls ? 'https' : 'http'}://${shown}:${listener.port}/healthz`;
    try {
      const { status, text } = await get(url, signal);
      return { url, status, reason: judge(status, text) };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const refused = code === 'ECONNREFUSED' ? 'nothing listens there (ECONNREFUSED)' : (code ?? message);
      const reason = signal.aborted ? `no answer within ${timeoutMs} ms` : refused;
      health = { url, status: null, reason };
      if (signal.aborted || !notThere.includes(code ?? '')) break;
    }
  }
  return health;
}

/** A listener on all addresses includes loopback. :: accepts IPv4 too, and a container may have no ::1. */
function addressesOf(host: string): string[] {
  if (host === '0.0.0.0') return ['127.0.0.1'];
  return host === '::' ? ['::1', '127.0.0.1'] : [host];
}

function get(url: string, signal: AbortSignal): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const options = {
      signal,
      headers: { accept: 'application/json', connection: 'close' },
      // Never through a proxy from the environment.
      agent: false,
      // It asks its own listener, by an address that the certificate need not name, and sends no secret. Clients that
      // connect by name check the certificate.
      rejectUnauthorized: false,
    } as const;
    const request = url.startsWith('https:') ? requestHttps : requestHttp;
    request(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > mostBytes) response.destroy(new Error('the answer is too long'));
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    })
      .on('error', reject)
      .end();
  });
}

/** `/healthz` answers `{ status, reason }`; anything else is not pinwatch. */
function judge(status: number, text: string): string | null {
  let answer: { status?: unknown; reason?: unknown } | null = null;
  try {
    answer = JSON.parse(text);
  } catch {
    // Not JSON: the page of another service.
  }
  if (typeof answer?.status !== 'string') return `answered ${status}, but not as pinwatch does`;
  if (status === 200 && answer.status === 'ok') return null;
  return typeof answer.reason === 'string' ? answer.reason : `answered ${status} (${answer.status})`;
}
