/** The part of the composition root that says who gets in, and what is said of those who don't. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createStoreMemory } from '../adapters/files/store-memory.ts';
import { type AccessOptions, isLoopback } from '../adapters/http/access.ts';
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
/** A store that loses its data without an outage is noticed by whoever asks without a token, and else after so long. */
const lookEveryMs = 1_000;
const tickEveryMs = 60_000;
/** Prometheus gives up after 10 s by default. */
const scraperMs = 2_000;

export interface Access {
  readonly api: AccessOptions;
  /** Who does not wait for the store for as long as whoever uses the API, and is known by what was known before. */
  readonly scrapers: AccessOptions;
}

/** Where a process keeps what it knows of its store. */
export function storeMemoryOf({ stateDir }: Pick<Config, 'stateDir'>) {
  return createStoreMemory(join(stateDir, 'store.json'));
}

/** Watches over who the store is. `onLost` runs when it has turned into another one, `onNewer` when a newer version has used it. */
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
    // Until it has been looked at, nobody is let in. A failure is told by the loop that looks again.
    guard.look().catch(() => {});
  });
  const whenThere = (task: () => Promise<unknown>) => async () => {
    if (link.trouble() === null) await task();
  };
  const onError = ({ message }: Error) => {
    if (link.trouble() !== null) return;
    log.error({ event: 'trouble', reason: message }, 'who the store is could not be looked at');
  };
  const loops = [
    every(lookEveryMs, whenThere(guard.look), onError),
    every(tickEveryMs, whenThere(guard.tick), onError),
  ];
  // Not waited for: a look that has just begun may wait for a Redis that does not answer any more.
  closers.push(async () => {
    for (const loop of loops) void loop.stop();
  });
  return guard;
}

export function composeAccess(
  { http: { adminToken } }: Config,
  { link, tokens }: Store,
  guard: StoreGuard,
  journal: Journal,
  closers: Closer[],
  stopping: AbortSignal,
): Access {
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
  // With the one look that says who the store is: an empty one that is not the one last seen has no say in it.
  const any = async () => (await guard.look()).hasTokens;
  const isAway = () =>
    link.trouble() !== null || !guard.isChecked() || guard.closed() !== null || guard.outdated() !== null;
  const whois = createWhois({ any, verify: tokens.verify }, isAway, clock);
  // What is known from the start need not be asked for in an outage.
  link
    .whenFit(stopping)
    .then(guard.look)
    .then(whois.hasTokens)
    .catch(() => {});
  const hasty = {
    any: () => withDeadline(any(), scraperMs),
    verify: (token: string, at: number) => withDeadline(tokens.verify(token, at), scraperMs),
  };
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
  };
  return {
    api: { ...whois, ...others },
    scrapers: { ...createWhois(hasty, isAway, clock, whois.memory), ...others },
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
