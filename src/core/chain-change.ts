/** How what a server presents differs from what it presented when all was well: it decides what undoes the change. */
import type { Check, CheckedEndpoint } from './check.ts';
import type { IncidentKind } from './condition.ts';
import type { KeyType } from './observation.ts';
import type { Pin } from './pin.ts';
import type { Position } from './position.ts';
import { refusalOf } from './refusal.ts';

/** The leaf of an endpoint that was well. */
export interface FormerLeaf {
  readonly keyType: KeyType;
  readonly pin: Pin;
  readonly issuer: string;
  /** RFC 3339, UTC. */
  readonly notAfter: string;
  /** The key of the root that its path led to. */
  readonly root: Pin | null;
  /** Which certificate of the path had the pinned key; null: no pin was needed. */
  readonly matched: Position | null;
}

/**
 * - `key`: a new key, certified by the same issuer, as by a renewal that does not reuse the key;
 * - `intermediate`: a new key, certified by another issuer under the same root;
 * - `authority`: a new key, certified by an issuer under another root;
 * - `issuer`: the same key, certified by another issuer;
 * - `key_type`: a leaf with another type of key, of which none was seen before; `before` is of the other type;
 * - `above`: the same key and issuer; another certificate above them.
 */
export type ChangeKind = 'key' | 'intermediate' | 'authority' | 'issuer' | 'key_type' | 'above';

export interface ChainChange {
  readonly kind: ChangeKind;
  readonly before: FormerLeaf;
  /** The issuer of the leaf that is presented now. */
  readonly issuer: string;
}

/** A server has one for each key type, or a few while it is changed. */
const mostFormer = 8;

/**
 * The leaves to compare with after a probe: those of the last check in which all was well, kept until all is well again.
 * undefined: all is well, or never was.
 */
export function formerLeaves(
  kept: readonly FormerLeaf[] | undefined,
  before: Check | null,
  now: Check,
): readonly FormerLeaf[] | undefined {
  if (isAllWell(now)) return undefined;
  if (kept !== undefined || before === null || !isAllWell(before)) return kept;
  const leaves = new Map(before.endpoints.flatMap(formerLeaf).map((leaf) => [JSON.stringify(leaf), leaf]));
  return leaves.size === 0 ? undefined : [...leaves.values()].slice(0, mostFormer);
}

/** As the first bad endpoint shows it, compared with the leaf of the same key type; empty if unknown. */
export function changeSince(
  former: readonly FormerLeaf[] | undefined,
  kind: IncidentKind,
  { endpoints }: Check,
): { readonly change?: ChainChange } {
  const bad = endpoints.find((endpoint) => isBad(kind, endpoint));
  const leaf = bad?.presented[0];
  const same = former?.find(({ keyType }) => keyType === bad?.keyType);
  const before = same ?? former?.[0];
  if (bad === undefined || leaf === undefined || before === undefined) return {};
  if (same === undefined) return { change: { kind: 'key_type', before, issuer: leaf.issuer } };
  return {
    change: { kind: kindOf(before, leaf, bad.path.at(-1)?.pin ?? null), before, issuer: leaf.issuer },
  };
}

function isBad(kind: IncidentKind, { verdict, failure, trusted }: CheckedEndpoint): boolean {
  if (kind === 'pin_mismatch') return verdict === 'mismatch';
  return kind === 'untrusted' && failure === null && !trusted;
}

function kindOf(
  before: FormerLeaf,
  leaf: { readonly pin: Pin; readonly issuer: string },
  root: Pin | null,
): ChangeKind {
  const isSameIssuer = leaf.issuer === before.issuer;
  if (leaf.pin === before.pin) return isSameIssuer ? 'above' : 'issuer';
  if (isSameIssuer) return 'key';
  return root !== null && root === before.root ? 'intermediate' : 'authority';
}

function isAllWell(check: Check): boolean {
  const { verdict } = check;
  return (verdict === 'match' || verdict === 'unpinned') && refusalOf(check) === undefined;
}

function formerLeaf({ keyType, presented: [leaf], path, trusted, matched }: CheckedEndpoint): FormerLeaf[] {
  if (leaf === undefined || !trusted) return [];
  const { pin, issuer, notAfter } = leaf;
  return [
    { keyType, pin, issuer, notAfter, root: path.at(-1)?.pin ?? null, matched: matched?.position ?? null },
  ];
}
