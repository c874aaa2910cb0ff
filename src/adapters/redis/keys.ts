/**
 * All keys. Those that are written together share a hash tag, the account, so that Redis Cluster can do it in one step;
 * the set of accounts and the time of the sweep have no tag. The last part names the type: `domains`, `records` and
 * `statuses` are hashes by `domainName()`.
 */
export const accountsKey = 'pinwatch:accounts';

/** Hashes by token id: who may do what, and when it was last used. */
export const tokensKey = 'pinwatch:tokens';
export const tokenUseKey = 'pinwatch:tokens:used';

/**
 * Hashes: the identity of the store, and what processes remember for which it is a different one; see
 * core/store-identity.ts. With the tag of the tokens, so that a cluster master that loses them loses its identity, too.
 */
export const storeKey = `{${tokensKey}}:store`;
export const missedKey = `{${tokensKey}}:store:missed`;

/** String: a session of the page, sealed. It expires. */
export function sessionKey(key: string): string {
  return `pinwatch:session:${key}`;
}

/** Unreadable data found in place of the tokens. */
export const unreadableTokensKey = `{${tokensKey}}:unreadable`;

/** List, newest first: changes of accounts and tokens. */
export const auditKey = 'pinwatch:audit';

/** Hash: the account of each channel of a signed configuration. */
export const channelsKey = 'pinwatch:channels';

/** Sorted set: accounts by when their configuration was saved last, in milliseconds by the clock of Redis. */
export const configsKey = 'pinwatch:configs';

/** When the last sweep started, in milliseconds since the epoch. */
export const sweepKey = 'pinwatch:sweep';

/** Hashes, by region and by worker: when one was last heard from, and the worker's region. */
export const regionsKey = '{pinwatch:regions}';
export const regionWorkersKey = `${regionsKey}:workers`;

/** Hash by number: when a worker was last seen alive, and its name; see flow/roster.ts. */
export const workersKey = 'pinwatch:workers';

/** The tag of BullMQ's own keys. */
export const queuePrefix = '{pinwatch}';

export function accountKeys(account: string) {
  const tag = `pinwatch:{${account}}`;
  return {
    /** String, JSON: the account's own settings. */
    account: `${tag}:account`,
    /** Settings of each domain, JSON; see stored-domain.ts. */
    domains: `${tag}:domains`,
    /** Hashes by fingerprint: roots of domains as PEM, and how many domains use them. */
    roots: `${tag}:roots`,
    rootUses: `${tag}:roots:uses`,
    /** Hashes by fingerprint: pin sets as far as they concern domains, JSON, and how many domains use them. */
    applied: `${tag}:pin-sets:applied`,
    appliedUses: `${tag}:pin-sets:applied:uses`,
    /** Hash by name: pin sets, JSON. */
    pinSets: `${tag}:pin-sets`,
    /** Hash by the name that they were imported under: the texts of pin sets. */
    pinTexts: `${tag}:pin-sets:texts`,
    /** Hash: the `revision` of the pin sets, and `pending` while some domains may not have them yet. */
    pinState: `${tag}:pin-sets:state`,
    /** Sorted set: the names of all domains, for reading them in pages. Rebuilt if it does not match. */
    names: `${tag}:names`,
    /** Hash: what the domains use, in pins and bytes. Counted again if it is missing. */
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
    /** Hashes by letter id: who is still owed it, its content, and until when a process has claimed it. */
    letters: `${tag}:letters`,
    letterBodies: `${tag}:letters:bodies`,
    letterClaims: `${tag}:letters:claims`,
    /** Hash by id: rotations, JSON; and a revision of them all. */
    rotations: `${tag}:rotations`,
    /** String, JSON: whether pinwatch sees its domains; see core/blind-incident.ts. */
    sight: `${tag}:sight`,
    /** String, JSON: when its digest was last made. */
    digest: `${tag}:digest`,
    /** List, newest first: changes within the account. */
    audit: `${tag}:audit`,
    ...configKeys(account),
  };
}

/** Of an account's signed configuration. They outlive an account that a file no longer has: apps go on using the channel. */
export function configKeys(account: string) {
  const tag = `pinwatch:{${account}}:config`;
  return {
    /** Hash: `state`, JSON, and `bundle`, the text that is served. */
    config: tag,
    /** Hashes: publications by version, and what was checked by id; JSON. */
    configVersions: `${tag}:versions`,
    configCandidates: `${tag}:candidates`,
    /** String, JSON: what was seen of it as apps get it, and the open incidents. */
    configWatch: `${tag}:watch`,
  };
}

/** Hash: installs by the version that they hold, on one UTC day. It expires. */
export function adoptionKey(account: string, day: string): string {
  return `${configKeys(account).config}:adoption:${day}`;
}

/** The keys of an account for the scripts that change its domains, in the order of domain-lua.ts. */
export function domainKeys(account: string): string[] {
  const { domains, records, statuses, roots, rootUses, names, usage, ...sets } = accountKeys(account);
  const { applied, appliedUses, pinSets, pinTexts, pinState } = sets;
  return [
    ...[domains, records, statuses, roots, rootUses, names, usage],
    ...[applied, appliedUses, pinSets, pinTexts, pinState],
  ];
}

export const domainKeyCount = domainKeys('').length;

/** List, newest first: the transitions of a domain's incidents. */
export function historyKey(account: string, domain: string): string {
  return `pinwatch:{${account}}:history:${domain}`;
}
