/** Limits on one account, so that it can neither fill the store nor starve the other accounts. */
export interface Limits {
  /** Domains; those from a file count too, but are never refused. */
  readonly domains: number;
  /** Pins in all its domains together. */
  readonly pins: number;
  /** Tokens that belong to it. */
  readonly tokens: number;
  /** Followers of its probes at a time: event streams, and requests that wait for their answer. Per process. */
  readonly followers: number;
  /** What its domains' settings take in the store, including their own roots, and its pin sets, in bytes. */
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

/** The least and the most that make sense. */
export const limitRanges: { readonly [name in LimitName]: readonly [number, number] } = {
  domains: [0, 1_000_000],
  pins: [0, 10_000_000],
  tokens: [0, 10_000],
  followers: [1, 10_000],
  storedBytes: [0, 16 * 1024 ** 3],
};

/** A limit that was reached. */
export interface ReachedLimit {
  readonly name: LimitName;
  readonly value: number;
}

export function limitsOf({ limits }: { readonly limits?: Partial<Limits> }): Limits {
  return { ...defaultLimits, ...limits };
}

const words: { readonly [name in LimitName]: string } = {
  domains: 'domains',
  pins: 'pins in all its domains',
  tokens: 'tokens',
  followers: 'streams and requests following probes at a time',
  storedBytes: "bytes for its domains' settings, their roots and its pin sets",
};

/** For a person: which limit, and who can change it. */
export function limitText({ name, value }: ReachedLimit): string {
  return `the account is limited to ${value} ${words[name]} (limit "${name}"): remove some, or ask an admin to raise it`;
}
