/**
 * Where everything is. What is written together shares a hash tag, the account, so that Redis Cluster can do it in one
 * step; the set of accounts and the time of the sweep stand alone. The last part says the type: `domains`, `records` and `statuses` are
 * hashes by `domainName()`.
 */
export const accountsKey = 'pinwatch:accounts';

/** Hashes by token id: who may do what, and when it was last used. */
export const tokensKey = 'pinwatch:tokens';
export const tokenUseKey = 'pinwatch:tokens:used';

/**
 * Hashes: who the store is, and what processes remember to whom it is another; see core/store-identity.ts. With the tag
 * of the tokens, so that on a cluster the master that loses them loses its identity, too.
 */
export const storeKey = `{${tokensKey}}:store`;
export const missedKey = `{${tokensKey}}:store:missed`;

/** What stood in the place of the tokens, and was none. */
export const unreadableTokensKey = `{${tokensKey}}:unreadable`;

/** List, newest first: changes of accounts and tokens. */
export const auditKey = 'pinwatch:audit';

/** When the last sweep started, in milliseconds since the epoch. */
export const sweepKey = 'pinwatch:sweep';

/** The tag of BullMQ's own keys. */
export const queuePrefix = '{pinwatch}';

export function accountKeys(account: string) {
  const tag = `pinwatch:{${account}}`;
  return {
    /** String, JSON: the account's own settings. */
    account: `${tag}:account`,
    /** Settings of each domain, JSON; see stored-domain.ts. */
    domains: `${tag}:domains`,
    /** Hashes by fingerprint: roots of domains as PEM, and how many domains have them. */
    roots: `${tag}:roots`,
    rootUses: `${tag}:roots:uses`,
    /** Sorted set: the names of all domains, so that a page of them can be had. Made anew where it does not fit. */
    names: `${tag}:names`,
    /** Hash: what the domains take, in pins and bytes. Counted anew where it is missing. */
    usage: `${tag}:usage`,
    /** `version JSON`: the record of each domain. */
    records: `${tag}:records`,
    /** What the metrics show of each domain, JSON. */
    statuses: `${tag}:statuses`,
    /** Lists of transitions that wait for a letter, JSON. */
    notices: `${tag}:notices`,
    weeklyNotices: `${tag}:notices:weekly`,
    /** Hash: the pace of letters, see core/outbox.ts. */
    outbox: `${tag}:outbox`,
    /** Hashes by letter id: who is still owed it, what it says, until when a process sends it. */
    letters: `${tag}:letters`,
    letterBodies: `${tag}:letters:bodies`,
    letterClaims: `${tag}:letters:claims`,
    /** List, newest first: changes within the account. */
    audit: `${tag}:audit`,
  };
}

/** The keys of an account that the scripts which change its domains are given, in the order of domain-lua.ts. */
export function domainKeys(account: string): string[] {
  const { domains, records, statuses, roots, rootUses, names, usage } = accountKeys(account);
  return [domains, records, statuses, roots, rootUses, names, usage];
}

/** List, newest first: the transitions of a domain's incidents. */
export function historyKey(account: string, domain: string): string {
  return `pinwatch:{${account}}:history:${domain}`;
}
