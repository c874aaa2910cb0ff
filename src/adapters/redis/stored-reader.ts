import type { Cluster, Redis } from 'ioredis';
import type { Account, Domain } from '../../core/domain.ts';
import type { ReportUnreadable } from '../../flow/unreadable.ts';
import { hashPages } from './hash-pages.ts';
import { attempt, parseObject } from './json-object.ts';
import { accountKeys } from './keys.ts';

/** Reads stored accounts and domains. An unreadable value is reported, and is null. */
export function createStoredReader(redis: Redis | Cluster, report: ReportUnreadable) {
  function readAccount(name: string, text: string): Partial<Account> | null {
    const read = attempt(() => parseObject(text));
    if (read.ok) return read.value;
    const { problem } = read;
    report({ key: accountKeys(name).account, field: null, account: name, domain: null, problem });
    return null;
  }

  function readDomain(account: string, domain: string, text: string): Partial<Domain> | null {
    const read = attempt(() => parseObject(text));
    if (read.ok) return read.value;
    const { problem } = read;
    report({ key: accountKeys(account).domains, field: domain, account, domain, problem });
    return null;
  }

  /** An unreadable domain does not count as the file's: it may have been added at runtime. */
  function isProvisioned(account: string, domain: string, text: string): boolean {
    return readDomain(account, domain, text)?.provisionedBy !== undefined;
  }

  /** The names of the domains that came from a file and are asked for, and the number of all domains. */
  async function provisioned(
    account: string,
    isAsked: (domain: string) => boolean,
  ): Promise<{ names: string[]; count: number }> {
    const names: string[] = [];
    let count = 0;
    for await (const page of hashPages(redis, accountKeys(account).domains)) {
      count += page.length;
      for (const [domain, text] of page) {
        if (isAsked(domain) && isProvisioned(account, domain, text)) names.push(domain);
      }
    }
    return { names, count };
  }

  return { account: readAccount, domain: readDomain, provisioned };
}
