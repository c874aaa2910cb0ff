import { Resolver as CaresResolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { mostAddresses } from '../../core/domain.ts';
import type { NameServer } from '../../core/name-server.ts';
import type { Failure } from '../../core/observation.ts';
import type { Resolver } from '../../flow/observe.ts';
import { onAbort } from '../../flow/on-abort.ts';
import { type AskType, createAsker } from './encrypted.ts';
import { createHostsFile } from './hosts-file.ts';

export interface ResolverOptions {
  /** Asked in this order, all in the clear or all encrypted; left out or empty: the system's. */
  readonly servers?: readonly NameServer[];
  /** PEM of the roots that replace the default ones for encrypted name servers. */
  readonly ca?: string | null;
  readonly hostsFile?: string;
}

/**
 * Resolves names with c-ares. `dns.lookup` would wait in libuv's pool of four threads, where a few dead name servers
 * delay every other domain. c-ares sees only the DNS, so the hosts file is read first, as the system's resolver would.
 */
export function createResolver(options: ResolverOptions = {}): Resolver {
  const hosts = createHostsFile(options.hostsFile ?? '/etc/hosts');
  const ask = createAsk(options);
  return {
    async resolve(host, timeoutMs, signal) {
      if (isIP(host) !== 0) return [host];
      const name = host.toLowerCase().replace(/\.$/, '');
      const local = hosts(name);
      if (local.length > 0) return sorted(local);
      // RFC 6761, section 6.3: never resolved through the DNS.
      if (name === 'localhost' || name.endsWith('.localhost')) return ['127.0.0.1', '::1'];
      return query(name, timeoutMs, signal, ask);
    },
  };
}

/** What became of the questions for each type of address. Settles soon after the signal has aborted. */
type Ask = (
  name: string,
  timeoutMs: number,
  signal: AbortSignal,
) => Promise<readonly PromiseSettledResult<string[]>[]>;

function createAsk({ servers = [], ca = null }: ResolverOptions): Ask {
  const plain = servers.flatMap((server) => (server.kind === 'dns' ? [server] : []));
  const encrypted = servers.flatMap((server) => (server.kind === 'dns' ? [] : [server]));
  if (encrypted.length > 0) return askInTurn(encrypted.map((server) => createAsker(server, ca)));
  const texts = plain.map(({ address, port }) => `${isIP(address) === 6 ? `[${address}]` : address}:${port}`);
  return askCares(texts);
}

/** Without servers: the system's. */
function askCares(servers: readonly string[]): Ask {
  return async (name, timeoutMs, signal) => {
    // A resolver for each name, as cancel() ends all its queries; this also follows a changed resolv.conf. After one lost
    // packet the query is repeated well within the deadline, and ours is the deadline: 1 + 2 + 4 fifths exceed the whole.
    const cares = new CaresResolver({ timeout: Math.max(1, Math.ceil(timeoutMs / 5)), tries: 3 });
    if (servers.length > 0) cares.setServers(servers);
    const callOff = onAbort(signal, () => cares.cancel());
    const asked = Promise.allSettled([cares.resolve4(name), cares.resolve6(name)]);
    if (signal.aborted) cares.cancel();
    return asked.finally(callOff);
  };
}

/** The next server is asked if one can't answer; that a name or its addresses don't exist is an answer. */
function askInTurn(askers: readonly AskType[]): Ask {
  return async (name, timeoutMs, signal) => {
    const startedAt = performance.now();
    let answers: readonly PromiseSettledResult<string[]>[] = [];
    for (const [index, ask] of askers.entries()) {
      const leftMs = timeoutMs - (performance.now() - startedAt);
      const share = AbortSignal.timeout(Math.max(1, Math.floor(leftMs / (askers.length - index))));
      const either = AbortSignal.any([signal, share]);
      answers = await Promise.allSettled([ask(name, 'A', either), ask(name, 'AAAA', either)]);
      if (signal.aborted || answers.some(isAnswer)) return answers;
    }
    return answers;
  };
}

function isAnswer(answer: PromiseSettledResult<string[]>): boolean {
  return answer.status === 'fulfilled' || ['ENOTFOUND', 'ENODATA'].includes(codeOf(answer.reason));
}

async function query(
  name: string,
  timeoutMs: number,
  signal: AbortSignal,
  ask: Ask,
): Promise<readonly string[] | Failure> {
  let isLate = false;
  const over = new AbortController();
  const deadline = setTimeout(() => {
    isLate = true;
    over.abort();
  }, timeoutMs);
  const callOff = onAbort(signal, () => over.abort());
  if (signal.aborted) over.abort();
  const answers = await ask(name, timeoutMs, over.signal).finally(() => {
    clearTimeout(deadline);
    callOff();
  });
  const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  // One family is enough: many name servers answer only one type, or return an error for the other.
  if (addresses.length > 0) return sorted(addresses);
  const codes = answers.map((answer) => (answer.status === 'rejected' ? codeOf(answer.reason) : 'ENODATA'));
  return unresolved(name, codes, isLate ? timeoutMs : null);
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
