/** The part of the composition root for access: who gets in, and how rejected requests are reported. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createStoreMemory } from '../adapters/files/store-memory.ts';
import { type AccessOptions, isLoopback } from '../adapters/http/access.ts';
import { createSessions, type Sessions } from '../adapters/http/page/sessions.ts';
import { withDeadline } from '../adapters/time/deadline.ts';
import { every } from '../adapters/time/timer.ts';
import type { Config } from '../config/config.ts';
import { createAuthFailures, sourceOf } from '../flow/admin/auth-failures.ts';
import { createWhois } from '../flow/admin/whois.ts';
import type { Journal } from '../flow/journal.ts';
import { createStoreGuard, type StoreGuard } from '../flow/store-guard.ts';
import type { Closer, Log } from './options.ts';
import type { Store } from './store.ts';

const clock = () => Date.now();
const reportEveryMs = 60_000;
/** How long a loss of data without an outage goes unnoticed at most. A request without a token notices at once. */
const lookEveryMs = 1_000;
const tickEveryMs = 60_000;
/** Prometheus gives up after 10 s by default. */
const scraperMs = 2_000;

export interface Access {
  readonly api: AccessOptions;
  /** Access for scrapers. They wait less for the store than users of the API, and are then judged by what was known. */
  readonly scrapers: AccessOptions;
  /** Of the page. */
  readonly sessions: Sessions;
}

/** Where a process keeps what it knows about its store. */
export function storeMemoryOf({ stateDir }: Pick<Config, 'stateDir'>) {
  return createStoreMemory(join(stateDir, 'store.json'));
}

/**
 * Watches the identity of the store. `onLost` runs when it has become a different one, `onNewer` when a newer version has
 * used it.
 */
export function composeStoreGuard(
  config: Config,
  { link, identity, onReady }: Store,
  journal: Journal,
  log: Log,
  closers: Closer[],
  { onLost, onNewer }: { readonly onLost: () => void; readonly onNewer: () => void },
): StoreGuard {
  const guard = createStoreGuard({
    store: identity,
    memory: storeMemoryOf(config),
    newId: randomUUID,
    journal: (happening) => {
      journal(happening);
      if (happening.kind === 'store_closed') onLost();
      if (happening.kind === 'store_newer') onNewer();
    },
  });
  onReady(() => {
    guard.suspect();
    // Nobody is let in before the first check. The loop below reports failures.
    guard.look().catch(() => {});
  });
  const whenThere = (task: () => Promise<unknown>) => async () => {
    if (link.trouble() === null) await task();
  };
  const onError = ({ message }: Error) => {
    if (link.trouble() !== null) return;
    log.error({ event: 'trouble', reason: message }, 'the identity of the store could not be checked');
  };
  const loops = [
    every(lookEveryMs, whenThere(guard.look), onError),
    every(tickEveryMs, whenThere(guard.tick), onError),
  ];
  // Not awaited: a check that has just begun may wait for a Redis that no longer answers.
  closers.push(async () => {
    for (const loop of loops) void loop.stop();
  });
  return guard;
}

export function composeAccess(
  { http: { adminToken } }: Config,
  { link, tokens, sessions: sessionStore }: Store,
  guard: StoreGuard,
  journal: Journal,
  closers: Closer[],
  stopping: AbortSignal,
): Access {
  const failures = createAuthFailures((report) => journal({ kind: 'auth_failures', ...report }));
  // A clock that is set back must not delay an answer.
  const now = () => performance.now();
  const reporting = every(
    reportEveryMs,
    async () => {
      for (const report of failures.reports(now())) journal({ kind: 'auth_failures', ...report });
    },
    () => {},
  );
  closers.push(reporting.stop);
  // From the check that also identifies the store: an empty store that is not the one last seen must not count.
  const any = async () => (await guard.look()).hasTokens;
  const isAway = () =>
    link.trouble() !== null || !guard.isChecked() || guard.closed() !== null || guard.outdated() !== null;
  const whois = createWhois({ any, verify: tokens.verify }, isAway, clock);
  // Read at the start, so that it is known in an outage.
  link
    .whenFit(stopping)
    .then(guard.look)
    .then(whois.hasTokens)
    .catch(() => {});
  const hasty = {
    any: () => withDeadline(any(), scraperMs),
    verify: (token: string, at: number) => withDeadline(tokens.verify(token, at), scraperMs),
  };
  const sessions = createSessions(sessionStore);
  const others = {
    adminToken,
    closed: guard.closed,
    outdated: guard.outdated,
    async onFailure(address: string) {
      journal({ kind: 'auth_failed' });
      const waitMs = failures.refused(sourceOf(address), now());
      if (waitMs !== null && waitMs > 0) await delay(waitMs, undefined, { ref: false });
      return waitMs !== null;
    },
    session: async (cookies: string) => (isAway() ? null : sessions.tokenOf(cookies)),
  };
  return {
    api: { ...whois, ...others },
    scrapers: { ...createWhois(hasty, isAway, clock, whois.memory), ...others },
    sessions,
  };
}

/** Anyone on the path can read tokens that are sent in the clear. */
export function warnOfPlainHttp({ http: { host, tls } }: Config, log: Log, url: string): void {
  if (tls !== null || host === 'localhost' || isLoopback(host)) return;
  log.warn(
    { event: 'plain_http', address: url },
    `${url} is plain HTTP: clients on other machines send their tokens in the clear; set http.tls, or listen on loopback behind a proxy that serves TLS`,
  );
}
