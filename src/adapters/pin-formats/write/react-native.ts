/** The JSON of the two React Native packages, both of which are OkHttp on Android and TrustKit on iOS. */
import { trustKitIos } from './apple.ts';
import { base64Of } from './digest.ts';
import type { Entry } from './entries.ts';
import type { Notation } from './notation.ts';
import { publicSuffixProblems } from './trustkit-names.ts';
import { writer } from './writer.ts';

/** On Android entries are united, on iOS the more specific one counts alone, so no two may meet. */
const both = { ...trustKitIos, resolution: 'both', excludes: 'none', observes: false } satisfies Notation;

export const writeRnSslPublicKeyPinning = writer(
  { ...both, enforcer: 'react-native-ssl-public-key-pinning' },
  (entries) => ({
    text: json(
      Object.fromEntries(
        entries.map(({ name, covers, lists, lastDay }) => [
          name,
          {
            includeSubdomains: covers === 'any-depth',
            publicKeyHashes: pinsOf(lists).map(base64Of),
            ...(lastDay === undefined ? {} : { expirationDate: lastDay }),
          },
        ]),
      ),
    ),
    notes: ['It is the argument of initializeSslPinning().'],
  }),
  publicSuffixProblems,
);

export const writeRnSslManager = writer(
  // What is observed alone, Android reads apart from what it enforces. Android enforces until the end of the day, and iOS until its beginning.
  { ...both, enforcer: 'react-native-ssl-manager', endsAfter: 'varies' },
  (entries) => ({
    text: json({
      sha256Keys: Object.fromEntries(entries.map(({ name, lists }) => [name, pinsOf(lists)])),
      domains: Object.fromEntries(entries.map((entry) => [entry.name, managerOptions(entry)])),
    }),
    notes: [
      'Versions of the package before 2.1 ignore "domains": they always enforce, and pin all names below on iOS.',
    ],
  }),
  publicSuffixProblems,
);

function managerOptions({ covers, enforce, lastDay }: Entry): object {
  return {
    enforcePinning: enforce,
    includeSubdomains: covers === 'any-depth',
    ...(lastDay === undefined ? {} : { expirationDate: lastDay }),
  };
}

function pinsOf(lists: Entry['lists']) {
  return lists.flatMap(({ anyOf }) => anyOf);
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
