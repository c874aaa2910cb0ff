import type { Entry } from './entries.ts';

/** TrustKit knows the public suffixes, and stops the app at its start if a pinned name is below none. */
export function publicSuffixProblems(entries: readonly Pick<Entry, 'name'>[]): string[] {
  return entries
    .filter(({ name }) => !name.includes('.'))
    .map(({ name }) => `${name} is not below a public suffix, and TrustKit stops the app at its start`);
}
