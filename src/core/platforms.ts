/** Platforms whose rules count for a domain: what their TLS stacks negotiate, and what they require of certificates. */
export const platforms = ['android', 'ios'] as const;
export type Platform = (typeof platforms)[number];

/** Unless a setting says otherwise. */
export const defaultPlatforms: readonly Platform[] = ['android', 'ios'];

/** For people. */
export const platformNames: Readonly<Record<Platform, string>> = { android: 'Android', ios: 'iOS' };

/** A domain with the platforms that count for it: its own, else its account's, else the installation's. */
export function ruled<T extends { readonly platforms?: readonly Platform[] }>(
  domain: T,
  account: readonly Platform[] | undefined,
  installation: readonly Platform[],
): T & { readonly platforms: readonly Platform[] } {
  return { ...domain, platforms: domain.platforms ?? account ?? installation };
}
