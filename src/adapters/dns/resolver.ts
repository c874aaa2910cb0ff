import { Resolver as CaresResolver } from 'node:dns/promises';
import { setMaxListeners } from 'node:events';
import { isIP } from 'node:net';
import { mostAddresses } from '../../core/domain.ts';
import type { Failure } from '../../core/observation.ts';
import type { Resolver } from '../../flow/observe.ts';
import { createHostsFile } from './hosts-file.ts';

export interface ResolverOptions {
  /** Name servers as `address` or `address:port`, IPv6 in brackets. Default: the system's. */
  readonly servers?: readonly string[];
  readonly hostsFile?: string;
}

/**
 * Resolves names with c-ares. `dns.lookup` would wait in libuv's pool of four threads, where a few dead name servers
 * delay every other domain. c-ares sees only the DNS, so the hosts file is read first, as the system's resolver would.
 */
export function createResolver(options: ResolverOptions = {}): Resolver {
  const hosts = createHostsFile(options.hostsFile ?? '/etc/hosts');
  return {
    async resolve(host, timeoutMs, signal) {
      if (isIP(host) !== 0) return [host];
      const name = host.toLowerCase().replace(/\.$/, '');
      const local = hosts(name);
      if (local.length > 0) return sorted(local);
      // RFC 6761, section 6.3: never resolved through the DNS.
      if (name === 'localhost' || name.endsWith('.localhost')) return ['127.0.0.1', '::1'];
      return query(name, timeoutMs, signal, options.servers);
    },
  };
}

async function query(
  name: string,
  timeoutMs: number,
  signal: AbortSignal,
  servers: readonly string[] | undefined,
): Promise<readonly string[] | Failure> {
  // A resolver for each name, as cancel() ends all its queries; this also follows a changed resolv.conf. After one lost
  // packet the query is repeated well within the deadline, and ours is the deadline: 1 + 2 + 4 fifths exceed the whole.
  const cares = new CaresResolver({ timeout: Math.max(1, Math.ceil(timeoutMs / 5)), tries: 3 });
  if (servers !== undefined) cares.setServers(servers);
  let late = false;
  const cancel = () => cares.cancel();
  const deadline = setTimeout(() => {
    late = true;
    cancel();
  }, timeoutMs);
  // Many domains may be resolved under one signal: this is no leak, but Node would warn about eleven listeners.
  setMaxListeners(0, signal);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const asked = [cares.resolve4(name), cares.resolve6(name)];
    if (signal.aborted) cancel();
    const answers = await Promise.allSettled(asked);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    // One family is enough: many name servers answer only one type, or return an error for the other.
    if (addresses.length > 0) return sorted(addresses);
    const codes = answers.map((answer) => (answer.status === 'rejected' ? codeOf(answer.reason) : 'ENODATA'));
    return unresolved(name, codes, late ? timeoutMs : null);
  } finally {
    clearTimeout(deadline);
    signal.removeEventListener('abort', cancel);
  }
}

function unresolved(name: string, codes: readonly string[], lateMs: number | null): Failure {
  if (codes.every((code) => code === 'ENOTFOUND')) {
    return { code: 'dns_not_found', message: `the name ${name} does not exist (NXDOMAIN)` };
  }
  const failed = codes.find((code) => code !== 'ENOTFOUND' && code !== 'ENODATA');
  if (failed === undefined) {
    return { code: 'dns_not_found', message: `the name ${name} has no IPv4 or IPv6 address` };
  }
  if (lateMs !== null) {
    return {
      code: 'dns_failed',
      message: `the name servers gave no answer for ${name} within ${lateMs / 1000} s`,
    };
  }
  return { code: 'dns_failed', message: `the name ${name} could not be resolved (${failed})` };
}

/** IPv4 first, each family in the order of its text: the same set is always the same list. */
function sorted(addresses: readonly string[]): readonly string[] {
  return (
    [...new Set(addresses)]
      .filter((address) => isIP(address) !== 0)
      .sort((a, b) => isIP(a) - isIP(b) || (a < b ? -1 : 1))
      // A response of 64 KB could hold thousands.
      .slice(0, mostAddresses)
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
