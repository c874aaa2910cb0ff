/**
 * Pin sets: what one version of an app pins, with the meaning that the code gives it that enforces it.
 *
 * An account has many: the pins of the registry (`own`), those that app versions ship (`imported`), and those that were
 * published as a signed configuration (`published`). An app with two mechanisms is two sets, because both must pass.
 */
import type { HostPattern } from './host-pattern.ts';
import type { PinFormat } from './pin-format.ts';
import type { PinHash } from './pin-hash.ts';

/** The name of the set that the registry's pins of a domain make. No other set may have it. */
export const ownSetName = 'own';

const publishedName = /^config-([1-9][0-9]{0,15})$/;

/** The name of the set that a published version of the signed configuration makes. No other set may have it. */
export function publishedSetName(version: number): string {
  return `config-${version}`;
}

/** The version whose set has this name; null: it is another set. */
export function versionOfSet(name: string): number | null {
  const [, digits] = publishedName.exec(name) ?? [];
  return digits === undefined ? null : Number(digits);
}

/** Sets of one account, the rules of one set, and the hashes of one list. Bounds the work of each probe. */
export const mostPinSets = 100;
export const mostRules = 10_000;
export const mostHashes = 300;

/** Of the text that a set is imported from. */
export const mostImportedBytes = 1024 * 1024;

export type PinSetSource = 'own' | 'imported' | 'published';

/** Where on the validated path a pinned hash counts: `ca` is any position but the leaf's. */
export type PinPlace = 'leaf' | 'ca' | 'path';

/** Passes if any of the hashes is at the place. */
export interface PinList {
  readonly at: PinPlace;
  /** Not empty. */
  readonly anyOf: readonly PinHash[];
}

export interface PinRule {
  readonly pattern: HostPattern;
  /** All of these must pass. Empty: such a host is not pinned, as by an exclusion below a pinned parent. */
  readonly allOf: readonly PinList[];
  /** false: the app only reports a mismatch, and connects. */
  readonly enforce: boolean;
  /** Milliseconds since the epoch: from then on the rule no longer pins. Left out: for ever. */
  readonly until?: number;
  /** What happens from then on: `open`, the app connects whatever the keys; `closed`, it connects no more. */
  readonly then?: 'open' | 'closed';
}

/** The rules as the enforcing code reads them out of a text. */
export interface PinRules {
  /**
   * Which of the rules that cover a host count: `most-specific`, one alone; `union`, all, their lists for one place
   * united.
   */
  readonly resolution: 'most-specific' | 'union';
  /** `none`: the app asks no trust store, the pins are all it checks. */
  readonly trust: 'platform' | 'none';
  readonly rules: readonly PinRule[];
}

export interface PinSet extends PinRules {
  /** Unique in its account. */
  readonly name: string;
  readonly source: PinSetSource;
  /**
   * An earlier version of the signed configuration: an app that holds it fails once, fetches and recovers, so the set
   * decides no verdict.
   */
  readonly held?: true;
  /** null: not read from a text. */
  readonly format: PinFormat | null;
  /** The app and its version, for people: `android 5.2`. Left out: unknown. */
  readonly appVersion?: string;
  readonly note: string;
  /** Who added it, and when: RFC 3339, UTC. */
  readonly by: string;
  readonly at: string;
}
