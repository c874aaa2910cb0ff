/** Asks a listener of pinwatch, from the machine that it runs on, whether it is well. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

export interface ListenerAddress {
  /** As it is listened on: an address, a name, or 0.0.0.0 or :: for all addresses. */
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

export interface Health {
  readonly url: string;
  /** The HTTP status; null if there was no answer. */
  readonly status: number | null;
  /** Why it is not well; null if it is. */
  readonly reason: string | null;
}

/** The answer has some 60 bytes. */
const mostBytes = 64 * 1024;

/** Nothing listens at the address, or this machine does not have it: the next one is asked. */
const notThere = ['ECONNREFUSED', 'EADDRNOTAVAIL', 'ENETUNREACH', 'EHOSTUNREACH', 'EAFNOSUPPORT', 'EINVAL'];

/** Asks `/healthz`. Gives an answer within `timeoutMs`, whatever happens. */
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

/** A listener on all addresses is on loopback too. :: takes IPv4 as well, and a container may have no ::1. */
function addressesOf(host: string): string[] {
  if (host === '0.0.0.0') return ['127.0.0.1'];
  return host === '::' ? ['::1', '127.0.0.1'] : [host];
}

function get(url: string, signal: AbortSignal): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const options = {
      signal,
      headers: { accept: 'application/json', connection: 'close' },
      // Never by way of a proxy that the environment names.
      agent: false,
      // It asks its own listener, by an address that no certificate need name, and tells it no secret. Whether the
      // certificate is good is for those who connect to its name.
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

/** `/healthz` says `{ status, reason }`; anything else is not pinwatch. */
function judge(status: number, text: string): string | null {
  let answer: { status?: unknown; reason?: unknown } | null = null;
  try {
    answer = JSON.parse(text);
  } catch {
    // A page of something else.
  }
  if (typeof answer?.status !== 'string') return `answers ${status}, but not as pinwatch does`;
  if (status === 200 && answer.status === 'ok') return null;
  return typeof answer.reason === 'string' ? answer.reason : `answers ${status} (${answer.status})`;
}
