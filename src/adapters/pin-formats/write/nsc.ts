/** Android's network security configuration, and the same with TrustKit's element, which its library reads. */

import { base64Of } from './digest.ts';
import type { Entry } from './entries.ts';
import { xml } from './escape.ts';
import type { Notation } from './notation.ts';
import { publicSuffixProblems } from './trustkit-names.ts';
import { writer } from './writer.ts';

const android: Notation = {
  enforcer: 'Android',
  resolution: 'most-specific',
  covers: ['exact', 'any-depth'],
  oneEntryPerName: true,
  at: ['path'],
  hashes: 'keys',
  observes: false,
  excludes: 'any-depth',
  // Until the day has begun everywhere: the device's own zone counts, and the last one is twelve hours behind UTC.
  endsAfter: 12,
  leastPins: { enforced: 1, observed: 1 },
};

export const writeNsc = writer(android, (entries) => ({
  text: document(entries, () => []),
  notes: ['Name the file in the manifest: android:networkSecurityConfig="@xml/network_security_config".'],
}));

export const writeTrustKitAndroid = writer(
  { ...android, enforcer: 'TrustKit', leastPins: { enforced: 2, observed: 1 } },
  (entries) => ({ text: document(entries, trustKitElement) }),
  publicSuffixProblems,
);

function trustKitElement({ lists }: Entry): string[] {
  // Left out, reports would go to the vendor, and pins would not be enforced below Android 7.
  return [`<trustkit-config enforcePinning="${lists.length > 0}" disableDefaultReportUri="true" />`];
}

/** One block for each name: nested ones would inherit, and TrustKit takes only the last name of a block. */
function document(entries: readonly Entry[], more: (entry: Entry) => string[]): string {
  const blocks = entries.flatMap((entry) => [
    '    <domain-config>',
    `        <domain includeSubdomains="${entry.covers === 'any-depth'}">${xml(entry.name)}</domain>`,
    ...pinSet(entry),
    ...more(entry).map((line) => `        ${line}`),
    '    </domain-config>',
  ]);
  const lines = [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<network-security-config>',
    ...blocks,
    '</network-security-config>',
  ];
  return `${lines.join('\n')}\n`;
}

function pinSet({ lists, lastDay }: Entry): string[] {
  const pins = lists.flatMap(({ anyOf }) => anyOf);
  if (pins.length === 0) return [];
  return [
    `        <pin-set${lastDay === undefined ? '' : ` expiration="${xml(lastDay)}"`}>`,
    ...pins.map((pin) => `            <pin digest="SHA-256">${xml(base64Of(pin))}</pin>`),
    '        </pin-set>',
  ];
}
