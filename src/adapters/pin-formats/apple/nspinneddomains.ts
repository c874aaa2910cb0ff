/** `NSPinnedDomains` of App Transport Security in an app's Info.plist, from iOS 14 and macOS 11 on. */
import type { HostPattern } from '../../../core/host-pattern.ts';
import type { Pin } from '../../../core/pin.ts';
import type { PinList, PinRule } from '../../../core/pin-set.ts';
import { quote } from '../../../core/quote.ts';
import { decodeAsFoundation, pinOfDigest } from '../base64.ts';
import { isHostLiteral } from '../host-literal.ts';
import type { PinReader } from '../pin-reader.ts';
import { type PlistDictionary, type PlistEntry, type PlistValue, readPlist } from '../plist/plist.ts';
import { type Remarks, Unreadable } from '../remarks.ts';

const leafKey = 'NSPinnedLeafIdentities';
const caKey = 'NSPinnedCAIdentities';
const subdomainsKey = 'NSIncludesSubdomains';
const digestKey = 'SPKI-SHA256-BASE64';

export const nspinneddomains: PinReader = {
  format: 'nspinneddomains',
  about: {
    title: 'Apple NSPinnedDomains',
    input:
      '`Info.plist` as XML, or a `dict` of it: `NSAppTransportSecurity`, `NSPinnedDomains` or what is in that',
    meaning: [
      'the name itself, in upper or lower case, and with `NSIncludesSubdomains` exactly one label more',
      'the lists of every entry that covers the host count together, leaf and CA apart',
      '`NSPinnedLeafIdentities` at the leaf, `NSPinnedCAIdentities` anywhere above it on the validated path; an app with both needs both',
      'no date: pins hold until the app is replaced',
    ],
    refused: [
      "an empty list: Apple's comment says that it exempts the host, but the check fails then",
      'a digest that is not 32 bytes, and an identity without one, which the system skips',
      'a binary property list',
      '`SecTrustPinningRequired`: it takes these pins out of force',
    ],
    source:
      'Apple Security, SecPolicy.c (parseNSPinnedDomains) and SecPolicyServer.c (SecPolicyCheckLeafSPKISHA256, SecPolicyCheckCAspkiSHA256)',
  },
  recognizes: (text) => /<key>\s*NSPinned(?:Domains|LeafIdentities|CAIdentities)\s*</.test(text),
  read: (text, _, remarks) => [
    {
      resolution: 'union',
      trust: 'platform',
      rules: readDomains(pinnedDomainsOf(readPlist(text), remarks), remarks),
    },
  ],
};

/** The dictionary of hosts, wherever the list begins. */
function pinnedDomainsOf(root: PlistValue, remarks: Remarks): PlistDictionary {
  const list = dictionary(root, 'the property list');
  const required = list.entries.get('SecTrustPinningRequired');
  if (required?.value.is === 'boolean' && required.value.value)
    remarks.problem(required.at, 'SecTrustPinningRequired takes the pins of NSPinnedDomains out of force');
  const security = list.entries.get('NSAppTransportSecurity');
  const around = security === undefined ? list : dictionary(security.value, 'NSAppTransportSecurity');
  const found = around.entries.get('NSPinnedDomains');
  if (found !== undefined) return dictionary(found.value, 'NSPinnedDomains');
  const isItself = [...list.entries.values()].some(
    ({ value }) => value.is === 'dictionary' && [leafKey, caKey].some((key) => value.entries.has(key)),
  );
  if (security === undefined && isItself) return list;
  throw new Unreadable(around.at, 'expected the key "NSPinnedDomains", found none');
}

function dictionary(value: PlistValue, what: string): PlistDictionary {
  if (value.is === 'dictionary') return value;
  throw new Unreadable(value.at, `${what}: expected a dictionary, found ${kindOf(value)}`);
}

function readDomains({ entries }: PlistDictionary, remarks: Remarks): PinRule[] {
  return [...entries].flatMap(([name, entry]) => readDomain(name, entry, remarks));
}

function readDomain(name: string, { at, value }: PlistEntry, remarks: Remarks): PinRule[] {
  if (value.is !== 'dictionary') {
    remarks.problem(
      value.at,
      `${quote(name)}: expected a dictionary, found ${kindOf(value)}, which iOS skips`,
    );
    return [];
  }
  const host = name.toLowerCase();
  if (!isHostLiteral(host))
    remarks.warn(at, () => `${quote(name)} is a literal that matches nothing: no host has this name`);
  const lists = [readList(leafKey, 'leaf', value, remarks), readList(caKey, 'ca', value, remarks)];
  const allOf = lists.filter((list) => list !== null);
  if (lists.every((list) => list === null)) {
    if (!value.entries.has(leafKey) && !value.entries.has(caKey))
      remarks.warn(at, () => `${quote(name)} has neither ${leafKey} nor ${caKey}: iOS does not pin it`);
    return [];
  }
  if (!isHostLiteral(host)) return [];
  const patterns: HostPattern[] = [{ kind: 'exact', name: host }];
  if (includesSubdomains(value, remarks)) patterns.push({ kind: 'one-label', name: host });
  return patterns.map((pattern) => ({ pattern, allOf, enforce: true }));
}

function includesSubdomains({ entries }: PlistDictionary, remarks: Remarks): boolean {
  const entry = entries.get(subdomainsKey);
  if (entry === undefined) return false;
  if (entry.value.is === 'boolean') return entry.value.value;
  remarks.warn(
    entry.value.at,
    () => `${subdomainsKey}: expected <true/>, found ${kindOf(entry.value)}, which iOS takes for NO`,
  );
  return false;
}

/** null: the list is missing or wrong. */
function readList(
  key: string,
  place: 'leaf' | 'ca',
  domain: PlistDictionary,
  remarks: Remarks,
): PinList | null {
  const entry = domain.entries.get(key);
  if (entry === undefined) return null;
  const { at, value } = entry;
  if (value.is !== 'array') {
    remarks.problem(value.at, `${key}: expected an array, found ${kindOf(value)}`);
    return null;
  }
  if (value.items.length === 0) {
    remarks.problem(
      at,
      `${key} is empty: Apple's comment says that this exempts the host, but its check refuses every server then`,
    );
    return null;
  }
  const pins = value.items.flatMap((item) => readIdentity(key, item, remarks) ?? []);
  return pins.length === 0 ? null : { at: place, anyOf: [...new Set(pins)] };
}

function readIdentity(key: string, item: PlistValue, remarks: Remarks): Pin | null {
  const digest = item.is === 'dictionary' ? item.entries.get(digestKey)?.value : undefined;
  if (digest?.is !== 'string') {
    remarks.problem(
      digest?.at ?? item.at,
      `${key}: expected a dictionary with the string "${digestKey}"; iOS skips what is none`,
    );
    return null;
  }
  const decoded = decodeAsFoundation(digest.text.trim());
  const pin = decoded === null ? null : pinOfDigest(decoded);
  if (pin === null) {
    const found = decoded === null ? quote(digest.text) : `${decoded.length} bytes`;
    remarks.problem(
      digest.at,
      `${digestKey}: expected 32 bytes in base64, found ${found}, which no key ever matches`,
    );
  }
  return pin;
}

function kindOf(value: PlistValue): string {
  return value.is === 'array' || value.is === 'string' || value.is === 'boolean'
    ? { array: 'an array', string: 'a string', boolean: 'a boolean' }[value.is]
    : `a ${value.is}`;
}
