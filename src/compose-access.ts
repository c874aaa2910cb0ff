/** The part of the composition root that says who gets in, and what is said of those who don't. */
import { setTimeout as delay } from 'node:timers/promises';
import { type AccessOptions, isLoopback } from './adapters/http/access.ts';
import { every } from './adapters/time/timer.ts';
import type { Closer, Log } from './compose.ts';
import type { Store } from './compose-store.ts';
import type { Config } from './config/config.ts';
import { createAuthFailures, sourceOf } from './flow/admin/auth-failures.ts';
import { createWhois } from './flow/admin/whois.ts';
import type { Journal } from './flow/journal.ts';

const clock = () => Date.now();
const reportEveryMs = 60_000;

export function composeAccess(
  { http: { adminToken } }: Config,
  { link, tokens }: Store,
  journal: Journal,
  closers: Closer[],
): AccessOptions {
  const failures = createAuthFailures((report) => journal({ kind: 'auth_failures', ...report }));
  // A clock that is set back must hold no answer up.
  const now = () => performance.now();
  const reporting = every(
    reportEveryMs,
    async () => {
      for (const report of failures.reports(now())) journal({ kind: 'auth_failures', ...report });
    },
    () => {},
  );
  closers.push(reporting.stop);
  return {
    ...createWhois(tokens, () => link.trouble() !== null, clock),
    adminToken,
    async onFailure(address) {
      journal({ kind: 'auth_failed' });
      const waitMs = failures.refused(sourceOf(address), now());
      if (waitMs !== null && waitMs > 0) await delay(waitMs, undefined, { ref: false });
      return waitMs !== null;
    },
  };
}

/** Tokens that travel in the clear are anybody's who is on the way. */
export function warnOfPlainHttp({ http: { host, tls } }: Config, log: Log, url: string): void {
  if (tls !== null || host === 'localhost' || isLoopback(host)) return;
  log.warn(
    { event: 'plain_http', address: url },
    `${url} is plain HTTP: tokens travel in the clear to whoever asks from another machine; set http.tls, or listen on loopback behind a proxy that serves TLS`,
  );
}
