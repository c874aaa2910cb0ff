/** The nodes of a YAML document → plain values. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Turns } from './turns.ts';

/** Far above a file of 100,000 domains. What an alias stands for counts each time: nesting them gains nothing. */
export const mostValues = 5_000_000;

/** What an anchor stands for. */
interface Anchored {
  readonly value: unknown;
  /** As `keyText` gives it. */
  readonly text: string | null;
  readonly size: number;
}

/** A collection whose entries are parsed some at a time. */
export type Pieces =
  | { readonly is: 'map'; readonly pieces: Iterable<YAMLMap['items']> }
  | { readonly is: 'list'; readonly pieces: Iterable<YAMLSeq['items']> };

export interface PlainValuesPorts {
  readonly fail: (node: Node, message: string) => void;
  /** What stands in place of a scalar in a block map; null: the scalar itself. */
  readonly piecesFor: (node: Scalar) => Pieces | null;
}

export interface PlainValues {
  readonly value: unknown;
  /** There are more than `mostValues`: not all of them were merged. */
  readonly isTooLarge: boolean;
}

/**
 * Replaces the library's toJS, which takes quadratic time if the domains of a large file share their pins by alias, and
 * turns the key 00123 into 123. `<<` merges (https://yaml.org/type/merge.html): the map's own keys come first, then
 * those of the merged maps in their order.
 */
export function* plainValues(root: Node | null, { fail, piecesFor }: PlainValuesPorts): Turns<PlainValues> {
  const anchors = new Map<string, Anchored>();
  let size = 0;
  let failed = 0;

  const refuse = (node: Node, message: string): undefined => {
    failed += 1;
    fail(node, message);
  };

  function* keyOf(key: unknown): Turns<string | null> {
    const known = failed;
    yield* convert(key);
    const text = isAlias(key) ? anchors.get(key.source)?.text : keyText(key);
    if (typeof text === 'string') return text;
    // An alias without an anchor is already a problem.
    if (failed === known) refuse(key as Node, 'a key must not be a list or a map');
    return null;
  }

  function* mapOf(pieces: Iterable<readonly Pair[]>, isBlock: boolean): Turns<unknown> {
    const entries = new Map<string, unknown>();
    const merged: Readonly<Record<string, unknown>>[] = [];
    const seen = new Set<string>();
    for (const items of pieces) {
      for (const { key, value } of items) {
        const name = yield* keyOf(key);
        if (name === null) continue;
        // 1 and "1" are two keys in YAML.
        if (seen.has(name)) refuse(key as Node, 'duplicate key');
        else if (isMergeKey(key)) merged.push(...mapsToMerge(key, yield* convert(value)));
        else entries.set(name, yield* memberOf(value, isBlock));
        seen.add(name);
      }
      yield;
    }
    // Too many values are reported at the end; no need to copy them.
    for (const [name, value] of size > mostValues ? [] : merged.flatMap(Object.entries<unknown>)) {
      if (!entries.has(name)) entries.set(name, value);
    }
    // Defines properties; an assignment to `__proto__` would set the prototype.
    return Object.fromEntries(entries);
  }

  function mapsToMerge(key: Scalar, value: unknown): Readonly<Record<string, unknown>>[] {
    const maps = Array.isArray(value) ? value : [value];
    if (maps.every(isPlainMap)) return maps;
    refuse(key, '<< expects an alias of a map, or a list of them; quote it if it is a name');
    return [];
  }

  function* listOf(pieces: Iterable<readonly unknown[]>): Turns<unknown[]> {
    const values: unknown[] = [];
    for (const items of pieces) {
      for (const item of items) values.push(yield* convert(item));
      yield;
    }
    return values;
  }

  function* memberOf(node: unknown, isInBlock: boolean): Turns<unknown> {
    const long = isInBlock && isScalar(node) ? piecesFor(node) : null;
    if (long === null) return yield* convert(node);
    size += 1;
    return yield* long.is === 'map' ? mapOf(long.pieces, true) : listOf(long.pieces);
  }

  function* convert(node: unknown): Turns<unknown> {
    const before = size;
    size += 1;
    let value: unknown = null;
    if (isAlias(node)) {
      const known = anchors.get(node.source);
      if (known === undefined)
        return refuse(node, 'an alias refers to an anchor that is not complete before it');
      size += known.size;
      return known.value;
    }
    if (isScalar(node)) value = node.value;
    else if (isSeq(node)) value = yield* listOf([node.items]);
    else if (isMap(node)) value = yield* mapOf([node.items], node.flow !== true);
    // Only now: an alias inside its own anchor has no value.
    if ((isScalar(node) || isSeq(node) || isMap(node)) && node.anchor !== undefined) {
      anchors.set(node.anchor, { value, text: keyText(node), size: size - before });
    }
    return value;
  }

  const value = yield* convert(root);
  return { value, isTooLarge: size > mostValues };
}

/** A key as written: 00123, 1e3 and null are names here, not values. null for a list or a map. */
function keyText(key: unknown): string | null {
  if (key === null) return '';
  if (!isScalar(key)) return null;
  return typeof key.value === 'string' ? key.value : (key.source ?? '');
}

function isMergeKey(key: unknown): key is Scalar {
  return isScalar(key) && key.type === 'PLAIN' && keyText(key) === '<<';
}

function isPlainMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
