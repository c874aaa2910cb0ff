/** What apps would get if the registry were published as it is now. */

import { type Entry, limits } from '../../verify/typescript/src/configuration.ts';
import { isEntryHost } from '../../verify/typescript/src/host.ts';
import { applySet } from './applied-set.ts';
import { defaultDelivery, deliveryText } from './delivery.ts';
import { type Domain, domainName } from './domain.ts';
import type { Pin } from './pin.ts';
import type { PinSet } from './pin-set.ts';
import { quote } from './quote.ts';

/** The entries of a configuration by host. Their pins are bare base64, as in the file. */
export type Entries = ReadonlyMap<string, Entry>;

export interface Draft {
  readonly entries: Entries;
  /** Why it can't be published. Each names its place. */
  readonly problems: readonly string[];
  /** What a person should know, and is no reason to refuse. */
  readonly warnings: readonly string[];
}

/** A domain that is registered; null: its stored settings can't be read. */
export interface RegisteredDomain {
  readonly name: string;
  readonly value: Pick<Domain, 'host' | 'port' | 'pins' | 'deliver'> | null;
}

/** The pin as a configuration has it. */
export function deliveredPin(pin: Pin): string {
  return pin.slice('sha256/'.length);
}

/** The pin as everything else has it. */
export function shownPin(delivered: string): Pin {
  return `sha256/${delivered}`;
}

/**
 * Domains of one host make one entry with all their pins, because apps ask by host. Pins that were revoked in an
 * emergency are never delivered again. `shipped`: what app versions pin themselves. `roots`: the managed ones.
 */
export function draftOf(
  domains: readonly RegisteredDomain[],
  revoked: readonly Pin[],
  shipped: readonly PinSet[],
  roots: readonly Pin[] = [],
): Draft {
  const problems: string[] = [];
  const warnings: string[] = [];
  const byHost = new Map<string, Domain['pins']>();
  const parts = new Map<string, { readonly name: string; readonly entry: Entry }[]>();
  for (const { name, value } of domains) {
    if (value === null) {
      problems.push(`${name}: its stored settings can't be read: remove it, then add it again`);
      continue;
    }
    if (value.deliver === undefined && value.pins.length === 0) continue;
    if (!isEntryHost(value.host)) {
      const why = 'only names of two labels or more can be delivered';
      warnings.push(`${domainName({ ...value })} is not in it: ${why}`);
      continue;
    }
    const { mode, sub } = value.deliver ?? defaultDelivery;
    const kept = value.pins.filter((pin) => !revoked.includes(pin));
    const gone = value.pins.filter((pin) => revoked.includes(pin));
    if (gone.length > 0) warnings.push(`${name}: ${gone.join(', ')} was revoked, and is not delivered`);
    byHost.set(value.host, [...(byHost.get(value.host) ?? []), ...kept]);
    parts.set(value.host, [...(parts.get(value.host) ?? []), { name, entry: { mode, sub, pins: [] } }]);
  }
  const managed = roots.filter((root) => !revoked.includes(root));
  const entries = new Map<string, Entry>();
  for (const [host, of] of [...parts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [first, ...others] = of;
    if (first === undefined) continue;
    const { mode, sub } = first.entry;
    const other = others.find(({ entry }) => entry.mode !== mode || entry.sub !== sub);
    if (other !== undefined) {
      const [one, two] = [first, other].map(({ name, entry }) => `${deliveryText(entry)} at ${name}`);
      problems.push(
        `${host}: expected the same delivery for all its ports, because apps have one entry for a host; found ${one}, ${two}`,
      );
    }
    const isPinned = mode === 'pins' || mode === 'observe';
    const wanted = isPinned ? (byHost.get(host) ?? []) : mode === 'roots' ? managed : [];
    const pins = [...new Set(wanted.map(deliveredPin))].sort();
    problems.push(...entryProblems(host, mode, pins));
    if (isPinned) warnings.push(...shippedWithout(host, pins.map(shownPin), shipped));
    entries.set(host, { mode, sub, pins });
  }
  if (entries.size > limits.domains) {
    problems.push(`expected at most ${limits.domains} hosts, found ${entries.size}`);
  }
  return { entries, problems, warnings };
}

function entryProblems(host: string, mode: Entry['mode'], pins: readonly string[]): string[] {
  if (mode === 'roots') {
    const none = `${host}: no managed roots are set (publish.roots), so the mode roots can't be used`;
    return pins.length > 0 ? [] : [none];
  }
  if (mode === 'off') return [];
  if (pins.length === 0) return [`${host}: expected a pin for the mode ${quote(mode)}, found none`];
  if (pins.length <= limits.pins) return [];
  return [`${host}: expected at most ${limits.pins} pins, found ${pins.length}`];
}

/** An app with two mechanisms needs both: a key that one of them does not know breaks it, whatever is delivered. */
function shippedWithout(host: string, pins: readonly Pin[], shipped: readonly PinSet[]): string[] {
  return shipped.flatMap((set) => {
    const rules = (applySet(set, host)?.rules ?? []).filter(({ enforce }) => enforce);
    if (rules.length === 0) return [];
    const known = new Set<string>(rules.flatMap(({ allOf }) => allOf.flatMap(({ anyOf }) => anyOf)));
    const missing = pins.filter((pin) => !known.has(pin));
    if (missing.length === 0) return [];
    const that = missing.length === 1 ? 'that key' : 'one of those keys';
    return [`${host}: ${set.name} ships without ${missing.join(', ')}: a change to ${that} would break it`];
  });
}
