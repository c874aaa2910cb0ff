/** TrustKit for iOS and macOS: `TSKConfiguration` in Info.plist, or the dictionary that the app hands over. */
import type { Pin } from '../../../core/pin.ts';
import type { PinRule } from '../../../core/pin-set.ts';
import { quote } from '../../../core/quote.ts';
import { decodeAsFoundation, pinOfDigest } from '../base64.ts';
import { isHostLiteral } from '../host-literal.ts';
import type { PinReader } from '../pin-reader.ts';
import { type PlistDictionary, type PlistEntry, type PlistValue, readPlist } from '../plist/plist.ts';
import { type Offset, type Remarks, Unreadable } from '../remarks.ts';

const pinnedDomainsKey = 'TSKPinnedDomains';
/** Spelt so in TrustKit itself. */
const excludeKey = 'kSKExcludeSubdomainFromParentPolicy';
const hashesKey = 'TSKPublicKeyHashes';

export const trustkitIos: PinReader = {
  format: 'trustkit-ios',
  about: {
    title: 'TrustKit for iOS',
    input: '`Info.plist` as XML with `TSKConfiguration`, or that dictionary alone',
    meaning: [
      'the name itself, else the longest one above it with `TSKIncludeSubdomains`, alone',
      '`kSKExcludeSubdomainFromParentPolicy` (spelt so): not pinned',
      'any hash on the validated path',
      '`TSKExpirationDate`: not pinned from midnight UTC of that day on',
      '`TSKEnforcePinning` NO: a mismatch is only reported',
    ],
    refused: [
      'what stops the app in TrustKit: an enforcing policy with fewer than two hashes, any with none, a hash that is not 32 bytes in base64, an exclusion with other keys or without a policy above it',
      'a binary property list',
    ],
    source:
      'datatheorem/TrustKit c48790f, parse_configuration.m, configuration_utils.m, TSKTrustKitConfig.m, TSKPinningValidator.m',
  },
  recognizes: (text) => /<key>\s*TSK(?:PinnedDomains|PublicKeyHashes)\s*</.test(text),
  read: (text, _, remarks) => {
    const rules = readPolicies(policiesOf(readPlist(text)), remarks);
    return [{ resolution: 'most-specific', trust: 'platform', rules }];
  },
};

/** The dictionary of policies, wherever the list begins. */
function policiesOf(root: PlistValue): PlistDictionary {
  const list = dictionary(root, 'the configuration');
  const configuration = list.entries.get('TSKConfiguration');
  const around = configuration === undefined ? list : dictionary(configuration.value, 'TSKConfiguration');
  const found = around.entries.get(pinnedDomainsKey);
  if (found === undefined) {
    throw new Unreadable(
      around.at,
      refusal(
        'TrustKit was initialized with no pinned domains. The configuration format has changed: ensure your domain pinning policies are under the TSKPinnedDomains key within TSKConfiguration.',
      ),
    );
  }
  return dictionary(found.value, pinnedDomainsKey);
}

function readPolicies({ at, entries }: PlistDictionary, remarks: Remarks): PinRule[] {
  if (entries.size === 0)
    throw new Unreadable(at, refusal('TrustKit was initialized with no pinned domains.'));
  const read = [...entries].map(([name, entry]) => new PolicyReader(name, entry, remarks).read());
  const rules = read.filter((rule) => rule !== null);
  checkExclusions(entries, rules, remarks);
  return rules.filter(({ pattern }) => isHostLiteral(pattern.name));
}

/** An exclusion is for a name below a pinned one. */
function checkExclusions(
  entries: PlistDictionary['entries'],
  rules: readonly PinRule[],
  remarks: Remarks,
): void {
  const parents = new Set(
    rules.flatMap(({ pattern: { kind, name } }) => (kind === 'any-depth' ? [name] : [])),
  );
  for (const { pattern, allOf } of rules) {
    if (allOf.length > 0) continue;
    const { name } = pattern;
    // TrustKit asks for the policy of a name that is one letter longer, so not for a policy of the name itself.
    if (!above(`a${name}`).some((parent) => parents.has(parent))) {
      remarks.problem(
        entries.get(name)?.at ?? 0,
        refusal(
          `TrustKit was initialized with TSKExcludeSubdomainFromParentPolicy for domain ${quote(name).slice(1, -1)} but could not find a policy for a parent domain`,
        ),
      );
    }
  }
}

/** The names above one, the nearest first. */
function above(name: string): string[] {
  const labels = name.split('.').slice(0, 130);
  return labels.slice(1).map((_, index) => labels.slice(index + 1).join('.'));
}

class PolicyReader {
  private readonly name: string;
  private readonly entry: PlistEntry;
  private readonly remarks: Remarks;

  constructor(name: string, entry: PlistEntry, remarks: Remarks) {
    this.name = name;
    this.entry = entry;
    this.remarks = remarks;
  }

  read(): PinRule | null {
    const { name, remarks } = this;
    const { at, value } = this.entry;
    if (!isHostLiteral(name))
      remarks.warn(at, () => `${quote(name)} is a literal that matches nothing: no host has this name`);
    if (!name.includes('.')) this.refuse(at, `TrustKit was initialized with an invalid domain ${this.shown}`);
    if (value.is !== 'dictionary') {
      remarks.problem(value.at, `${quote(name)}: expected a dictionary`);
      return null;
    }
    const pattern = {
      kind: this.flag(value, 'TSKIncludeSubdomains', false) ? 'any-depth' : 'exact',
      name,
    } as const;
    if (this.flag(value, excludeKey, false)) {
      if (value.entries.size > 1) {
        this.refuse(
          at,
          `TrustKit was initialized with TSKExcludeSubdomainFromParentPolicy for domain ${this.shown} but detected additional configuration keys`,
        );
      }
      return { pattern: { kind: 'exact', name }, allOf: [], enforce: true };
    }
    const enforce = this.flag(value, 'TSKEnforcePinning', true);
    const pins = this.hashes(value);
    const fewest = enforce ? 2 : 1;
    if (pins !== null && pins.size < fewest) {
      this.refuse(
        value.entries.get(hashesKey)?.at ?? at,
        `TrustKit was initialized with less than ${fewest} pins (ie. no backup pins) for domain ${this.shown}. This might brick your App; please review the Getting Started guide in ./docs/getting-started.md`,
        misspelt(value),
      );
    }
    const until = this.expiration(value);
    const allOf = [{ at: 'path', anyOf: [...(pins ?? [])] } as const];
    return { pattern, allOf, enforce, ...(until === null ? {} : { until }) };
  }

  /** null: something in the list is wrong, and told. */
  private hashes({ entries }: PlistDictionary): Set<Pin> | null {
    const list = entries.get(hashesKey)?.value;
    if (list === undefined) return new Set();
    if (list.is !== 'array') {
      this.remarks.problem(list.at, `${hashesKey}: expected an array of strings`);
      return null;
    }
    const pins = new Set<Pin>();
    let isRight = true;
    for (const item of list.items) {
      const digest = item.is === 'string' ? decodeAsFoundation(item.text) : null;
      const pin = digest === null ? null : pinOfDigest(digest);
      if (pin !== null) pins.add(pin);
      else {
        isRight = false;
        const found = item.is === 'string' ? quote(item.text).slice(1, -1) : `a ${item.is}`;
        this.refuse(
          item.at,
          `TrustKit was initialized with an invalid Pin ${found} for domain ${this.shown}`,
        );
      }
    }
    return isRight ? pins : null;
  }

  /** Midnight of the day in UTC, in milliseconds since the epoch; null if there is none. */
  private expiration({ entries }: PlistDictionary): number | null {
    const value = entries.get('TSKExpirationDate')?.value;
    if (value === undefined) return null;
    if (value.is !== 'string') {
      this.remarks.problem(
        value.at,
        `TSKExpirationDate: expected a string such as 2027-01-31, found a ${value.is}`,
      );
      return null;
    }
    const [, year, month, day] = /^(\d{1,4})-(\d{1,2})-(\d{1,2})$/.exec(value.text)?.map(Number) ?? [];
    const date = new Date(0);
    date.setUTCFullYear(year ?? 0, (month ?? 0) - 1, day ?? 0);
    if (year !== undefined && date.getUTCMonth() + 1 === month && date.getUTCDate() === day)
      return date.getTime();
    this.remarks.warn(
      value.at,
      () =>
        `TSKExpirationDate ${quote(value.text)} is not of the form yyyy-MM-dd: TrustKit ignores it, and the pins hold for ever`,
    );
    return null;
  }

  /** As `boolValue`: of numbers, and of strings, of which the first character decides. */
  private flag({ entries }: PlistDictionary, key: string, otherwise: boolean): boolean {
    const value = entries.get(key)?.value;
    if (value === undefined) return otherwise;
    switch (value.is) {
      case 'boolean':
        return value.value;
      case 'number':
        return value.value !== 0;
      case 'string':
        return /^\s*[+-]?0*[YyTt1-9]/.test(value.text);
      default:
        this.remarks.problem(value.at, `${key}: expected a boolean, found a ${value.is}`);
        return otherwise;
    }
  }

  private refuse(at: Offset, says: string, hint?: string | null): void {
    this.remarks.problem(at, hint ? `${refusal(says)}: ${hint}` : refusal(says));
  }

  private get shown(): string {
    return quote(this.name).slice(1, -1);
  }
}

/** The exclusion's key has a letter that nobody expects, and a wrong one is no exclusion. */
function misspelt({ entries }: PlistDictionary): string | null {
  const wrong = ['TSKExcludeSubdomainFromParentPolicy', 'kTSKExcludeSubdomainFromParentPolicy'];
  return wrong.some((key) => entries.has(key)) ? `the key of an exclusion is spelt ${excludeKey}` : null;
}

function dictionary(value: PlistValue, what: string): PlistDictionary {
  if (value.is === 'dictionary') return value;
  throw new Unreadable(value.at, `${what}: expected a dictionary, found a ${value.is}`);
}

function refusal(says: string): string {
  return `TrustKit stops the app at its start: "${says}"`;
}
