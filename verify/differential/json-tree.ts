/** JSON that can say what JSON.stringify can't: a member twice, and any spelling of a value. */

/** A value spelled like this. */
export class Raw {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An object; a name may occur twice. */
export class Members {
  readonly pairs: [name: string, value: Tree][];

  constructor(pairs: [string, Tree][]) {
    this.pairs = pairs;
  }
}

export type Tree = string | number | boolean | null | Raw | Tree[] | Members;

/** Of a plain value. */
export function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return value.map(treeOf);
  if (value instanceof Raw || value instanceof Members) return value;
  if (typeof value === 'object' && value !== null) {
    return new Members(Object.entries(value).map(([name, member]) => [name, treeOf(member)]));
  }
  return value as Tree;
}

export function copyOf(tree: Tree): Tree {
  if (Array.isArray(tree)) return tree.map(copyOf);
  if (tree instanceof Members) return new Members(tree.pairs.map(([name, value]) => [name, copyOf(value)]));
  return tree;
}

/** How values are spelled. */
export interface Spelling {
  space(): string;
  string(text: string): string;
  number(value: number): string;
}

export const plainSpelling: Spelling = { space: () => '', string: JSON.stringify, number: String };

export function print(tree: Tree, spelling: Spelling = plainSpelling): string {
  const { space } = spelling;
  if (tree instanceof Raw) return tree.text;
  if (typeof tree === 'string') return spelling.string(tree);
  if (typeof tree === 'number') return spelling.number(tree);
  if (tree === null || typeof tree === 'boolean') return String(tree);
  const list = (items: readonly string[]) => items.join(`${space()},${space()}`);
  if (Array.isArray(tree)) return `[${space()}${list(tree.map((item) => print(item, spelling)))}${space()}]`;
  const pairs = tree.pairs.map(
    ([name, value]) => `${spelling.string(name)}${space()}:${space()}${print(value, spelling)}`,
  );
  return `{${space()}${list(pairs)}${space()}}`;
}

/** Every place that holds a value, with the means to change it. The root is not one of them. */
export interface Place {
  readonly value: Tree;
  readonly holder: Tree[] | Members;
  readonly index: number;
}

export function placesIn(tree: Tree): Place[] {
  if (Array.isArray(tree)) {
    return tree.flatMap((value, index) => [{ value, holder: tree, index }, ...placesIn(value)]);
  }
  if (tree instanceof Members) {
    return tree.pairs.flatMap(([, value], index) => [{ value, holder: tree, index }, ...placesIn(value)]);
  }
  return [];
}

export function put({ holder, index }: Place, value: Tree): void {
  if (Array.isArray(holder)) holder[index] = value;
  else {
    const pair = holder.pairs[index];
    if (pair !== undefined) pair[1] = value;
  }
}
