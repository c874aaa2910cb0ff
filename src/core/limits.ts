/** What one account may have, so that it can neither fill the store nor take the service from the others. */
export interface Limits {
  /** Domains; those of a file count, and are not refused. */
  readonly domains: number;
  /** Pins of all its domains together. */
  readonly pins: number;
  /** Tokens that belong to it. */
  readonly tokens: number;
  /** Who follows its probes at a time: streams of events, and requests that wait for their answer. In one process. */
  readonly followers: number;
  /** What its domains' settings take in the store, their own roots included, in bytes. */
  readonly storedBytes: number;
}

/** For 10,000 domains, each with ten pins and 6 KB of settings. */
export const defaultLimits: Limits = {
  domains: 10_000,
  pins: 100_000,
  tokens: 100,
  followers: 100,
  storedBytes: 64 * 1024 * 1024,
};

export type LimitName = keyof Limits;
export const limitNames = Object.keys(defaultLimits) as readonly LimitName[];

/** What makes sense of each: the least and the most. */
export const limitRanges: { readonly [name in LimitName]: readonly [number, number] } = {
  domains: [0, 1_000_000],
  pins: [0, 10_000_000],
  tokens: [0, 10_000],
  followers: [1, 10_000],
  storedBytes: [0, 16 * 1024 ** 3],
};

/** One that was reached. */
export interface ReachedLimit {
  readonly name: LimitName;
  readonly value: number;
}

export function limitsOf({ limits }: { readonly limits?: Partial<Limits> }): Limits {
  return { ...defaultLimits, ...limits };
}

const words: { readonly [name in LimitName]: string } = {
  domains: 'domains',
  pins: 'pins of all domains together',
  tokens: 'tokens',
  followers: 'streams and requests that follow probes at a time',
  storedBytes: 'bytes for the settings and roots of all domains together',
};

/** For a person: which limit, and whose it is to change. */
export function limitText({ name, value }: ReachedLimit): string {
  return `the account may have ${value} ${words[name]} (its limit ${name}): remove some, or have an admin raise it`;
}
