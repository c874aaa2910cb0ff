/** The two notations of an app's Info.plist: Apple's own, and TrustKit's. */
import type { PinList, PinPlace } from '../../../core/pin-set.ts';
import { base64Of } from './digest.ts';
import type { Entry } from './entries.ts';
import { type PlistValue, plist } from './plist.ts';
import { publicSuffixProblems } from './trustkit-names.ts';
import { writer } from './writer.ts';

const identities: Readonly<Partial<Record<PinPlace, string>>> = {
  leaf: 'NSPinnedLeafIdentities',
  ca: 'NSPinnedCAIdentities',
};

export const writeNsPinnedDomains = writer(
  {
    enforcer: 'iOS',
    resolution: 'union',
    covers: ['exact', 'one-label-or-self'],
    oneEntryPerName: true,
    at: ['leaf', 'ca'],
    hashes: 'keys',
    observes: false,
    excludes: 'none',
    endsAfter: null,
    leastPins: { enforced: 1, observed: 1 },
  },
  (entries) => {
    const domains = new Map(entries.map((entry) => [entry.name, appleEntry(entry)]));
    return { text: plist(new Map([['NSAppTransportSecurity', new Map([['NSPinnedDomains', domains]])]])) };
  },
);

function appleEntry({ covers, lists }: Entry): PlistValue {
  return new Map<string, PlistValue>([
    ['NSIncludesSubdomains', covers === 'one-label-or-self'],
    ...lists.map((list) => [identities[list.at] ?? '', spkiItems(list)] as const),
  ]);
}

function spkiItems({ anyOf }: PinList): PlistValue {
  return anyOf.map((pin) => new Map([['SPKI-SHA256-BASE64', base64Of(pin)]]));
}

export const trustKitIos = {
  enforcer: 'TrustKit',
  resolution: 'most-specific',
  covers: ['exact', 'any-depth'],
  oneEntryPerName: true,
  at: ['path'],
  hashes: 'keys',
  observes: true,
  excludes: 'exact',
  endsAfter: 0,
  leastPins: { enforced: 2, observed: 1 },
} as const;

export const writeTrustKitIos = writer(
  trustKitIos,
  (entries) => {
    const domains = new Map(entries.map((entry) => [entry.name, trustKitEntry(entry)]));
    return { text: plist(new Map([['TSKConfiguration', new Map([['TSKPinnedDomains', domains]])]])) };
  },
  publicSuffixProblems,
);

function trustKitEntry({ covers, lists, enforce, lastDay }: Entry): PlistValue {
  // The key is spelt like this in TrustKit, and must be alone.
  if (lists.length === 0) return new Map([['kSKExcludeSubdomainFromParentPolicy', true]]);
  const pins = lists.flatMap(({ anyOf }) => anyOf).map(base64Of);
  return new Map<string, PlistValue>([
    ['TSKIncludeSubdomains', covers === 'any-depth'],
    ['TSKEnforcePinning', enforce],
    // Left out, reports would go to the vendor.
    ['TSKDisableDefaultReportUri', true],
    ...(lastDay === undefined ? [] : [['TSKExpirationDate', lastDay] as const]),
    ['TSKPublicKeyHashes', pins],
  ]);
}
