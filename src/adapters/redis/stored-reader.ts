import type { Cluster, Redis } from 'ioredis';
import type { Account, Domain } from '../../core/domain.ts';
import type { ReportUnreadable } from '../../flow/unreadable.ts';
import { hashPages } from './hash-pages.ts';
import { parseObject } from './json-object.ts';
import { accountKeys } from './keys.ts';

/** What is stored of accounts and domains, as far as it can be read: what can't be is reported, and is null. */
export function createStoredReader(redis: Redis | Cluster, report: ReportUnreadable) {
  function readAccount(name: string, text: string): Partial<Account> | null {
    try {
      return parseObject(text);
    } catch (error) {
      const problem = (error as Error).message;
      report({ key: accountKeys(name).account, field: null, account: name, domain: null, problem });
      return null;
    }
  }

  function readDomain(account: string, domain: string, text: string): Partial<Domain> | null {
    try {
      return parseObject(text);
    } catch (error) {
      const problem = (error as Error).message;
      report({ key: accountKeys(account).domains, field: domain, account, domain, problem });
      return null;
    }
  }

  /** One that can't be read is not taken for the file's: it may have been added at runtime. */
  function isProvisioned(account: string, domain: string, text: string): boolean {
    return readDomain(account, domain, text)?.provisionedBy !== undefined;
  }

  /** Names of the domains that came from a file, as far as they are asked for; and how many there are of all. */
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
