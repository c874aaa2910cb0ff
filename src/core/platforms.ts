/** Platforms whose rules count for a domain: what their TLS stacks negotiate, and what they ask of certificates. */
export const platforms = ['android', 'ios'] as const;
export type Platform = (typeof platforms)[number];

/** Unless a setting says otherwise. */
export const defaultPlatforms: readonly Platform[] = platforms;
