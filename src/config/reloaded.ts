/**
 * What a running process takes from a file that it reads again: most settings, at once. The others are built into what
 * exists since the start (the store, the listener, the signing), so the process keeps them until it is restarted.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Config } from './config.ts';

export interface Reloaded {
  /** What is in force from now on: of `next`, what needs no restart. */
  readonly config: Config;
  /** The keys whose new values take effect, as in the file. */
  readonly changed: readonly string[];
  /** The keys whose new values need a restart. */
  readonly needsRestart: readonly string[];
}

export async function reloaded(inForce: Config, next: Config): Promise<Reloaded> {
  const { region, stateDir, redis, publish } = inForce;
  // A listener can change its certificate, but not between HTTP and HTTPS.
  const keepsScheme = (inForce.http.tls === null) === (next.http.tls === null);
  const http = { ...inForce.http, tls: keepsScheme ? next.http.tls : inForce.http.tls };
  const probe = { ...next.probe, concurrency: inForce.probe.concurrency };
  const { intervalMs, publicUrl, runbookUrl, mail, network, platforms, notify, log, accounts } = next;
  const config: Config = {
    ...{ region, stateDir, redis, publish, http, probe },
    ...{ intervalMs, publicUrl, runbookUrl, mail, network, platforms, notify, log, accounts },
  };
  const areSame = await sameAccounts(inForce.accounts, accounts);
  return {
    config,
    changed: [...differing(inForce, config), ...(areSame ? [] : ['accounts'])],
    needsRestart: differing(config, next),
  };
}

/** By the key in the file. `accounts` may be large, and is compared apart. */
const settings: readonly [key: string, (config: Config) => unknown][] = [
  ['interval', ({ intervalMs }) => intervalMs],
  ['region', ({ region }) => region],
  ['stateDir', ({ stateDir }) => stateDir],
  ['publicUrl', ({ publicUrl }) => publicUrl],
  ['runbookUrl', ({ runbookUrl }) => runbookUrl],
  ['redis', ({ redis }) => redis],
  ['http.listen', ({ http: { host, port } }) => [host, port]],
  ['http.tls', ({ http: { tls } }) => tls],
  ['http.metrics', ({ http }) => http.openMetrics],
  ['http.metricsDetail', ({ http }) => http.metricsDetail],
  ['http.proxies', ({ http }) => http.proxies],
  ['http.basePath', ({ http }) => http.basePath],
  ['http.probesPerMinute', ({ http }) => http.probesPerMinute],
  ['http.changesPerMinute', ({ http }) => http.changesPerMinute],
  ['http.connections', ({ http }) => http.connections],
  ['mail', ({ mail }) => mail],
  ['network', ({ network }) => network],
  ['probe', ({ probe: { concurrency: _, ...probe } }) => probe],
  ['probe.concurrency', ({ probe }) => probe.concurrency],
  ['platforms', ({ platforms }) => platforms],
  ['notify', ({ notify }) => notify],
  ['publish', ({ publish }) => publish],
  ['log', ({ log }) => log],
];

function differing(one: Config, other: Config): string[] {
  return settings.flatMap(([key, of]) => (isDeepStrictEqual(of(one), of(other)) ? [] : [key]));
}

/** Domains that are compared before the event loop runs: a file may have 100,000. */
const comparedAtOnce = 1_000;

async function sameAccounts(some: Config['accounts'], others: Config['accounts']): Promise<boolean> {
  if (some.length !== others.length) return false;
  for (const [index, { domains, ...one }] of some.entries()) {
    const { domains: otherDomains = [], ...other } = others[index] ?? {};
    if (domains.length !== otherDomains.length || !isDeepStrictEqual(one, other)) return false;
    for (let start = 0; start < domains.length; start += comparedAtOnce) {
      const end = start + comparedAtOnce;
      if (!isDeepStrictEqual(domains.slice(start, end), otherDomains.slice(start, end))) return false;
      await new Promise(setImmediate);
    }
  }
  return true;
}
