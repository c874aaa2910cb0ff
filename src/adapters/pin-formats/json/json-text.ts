/** Strict JSON with the place of each value: no comments, no trailing commas, and of no unbounded depth. */
import { getNodeValue, type Node, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { z } from 'zod';
import { quote } from '../../../core/quote.ts';
import { type Offset, type Remarks, Unreadable } from '../remarks.ts';

type Path = readonly (string | number)[];

export interface JsonText<T> {
  readonly value: T;
  /** Where the value at the path begins; a member's name, if `key`. */
  readonly at: (path: Path, key?: 'key') => Offset;
}

/** Deeper than any format here; parsing recurses. */
const mostLevels = 50;

/**
 * Reads a text of the schema. Throws Unreadable if it is no JSON; what does not fit the schema is told, and null
 * returned. Of members with the same name the last one counts, as for all the libraries that read these formats.
 */
export function readJson<T>(text: string, schema: z.ZodType<T>, remarks: Remarks): JsonText<T> | null {
  const deep = tooDeep(text);
  if (deep !== null) throw new Unreadable(deep, `expected at most ${mostLevels} levels of brackets`);
  const errors: { error: number; offset: number; length: number }[] = [];
  const start = text.startsWith('\uFEFF') ? 1 : 0;
  const root = parseTree(text.slice(start), errors, { disallowComments: true });
  const [first] = errors;
  if (root === undefined || first !== undefined) {
    const what = first === undefined ? '' : `: ${words(printParseErrorCode(first.error as 1))}`;
    throw new Unreadable(start + (first?.offset ?? 0), `expected JSON${what}`);
  }
  warnOfRepeats(root, start, remarks);
  const places = new Places(root);
  const at: JsonText<T>['at'] = (path, key) => start + places.offset(path, key === 'key');
  const result = schema.safeParse(getNodeValue(root));
  if (result.success) return { value: result.data, at };
  for (const { path, message } of result.error.issues) {
    const known = path.filter((part) => typeof part !== 'symbol');
    remarks.problem(at(known), `${known.length === 0 ? '' : `${pathText(known)}: `}${message}`);
  }
  return null;
}

/** `"a.example".pins[0]`, cut. */
function pathText(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : quote(part)))
    .join('.')
    .replaceAll('.[', '[');
}

/** The offset of the first bracket that is nested too deeply. */
function tooDeep(text: string): Offset | null {
  let level = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{}]/gs)) {
    if (token === '[' || token === '{') level += 1;
    else if (token === ']' || token === '}') level -= 1;
    if (level > mostLevels) return index;
  }
  return null;
}

/** Finds members by name without walking through their siblings each time. */
class Places {
  private readonly members = new WeakMap<Node, ReadonlyMap<string, Node>>();
  private readonly root: Node;

  constructor(root: Node) {
    this.root = root;
  }

  /** Of the value, or of as much of its path as there is. */
  offset(path: Path, key: boolean): Offset {
    let node = this.root;
    for (const [index, part] of path.entries()) {
      const member = typeof part === 'number' ? node.children?.[part] : this.membersOf(node).get(part);
      if (member === undefined) return node.offset;
      if (key && index === path.length - 1) return member.offset;
      node = member.type === 'property' ? (member.children?.[1] ?? member) : member;
    }
    return node.offset;
  }

  private membersOf(node: Node): ReadonlyMap<string, Node> {
    const known = this.members.get(node);
    if (known !== undefined) return known;
    const members = node.type === 'object' ? (node.children ?? []) : [];
    const byName = new Map(members.map((member) => [String(member.children?.[0]?.value), member]));
    this.members.set(node, byName);
    return byName;
  }
}

function warnOfRepeats(node: Node, start: number, remarks: Remarks): void {
  const names = new Set<string>();
  for (const member of node.children ?? []) {
    if (node.type === 'object') {
      const name = String(member.children?.[0]?.value);
      // Assigned to an object, it would become its prototype.
      if (name === '__proto__') throw new Unreadable(start + member.offset, '"__proto__" is no name here');
      if (names.has(name))
        remarks.warn(start + member.offset, `${quote(name)} is given again: the last one counts`);
      names.add(name);
    }
    warnOfRepeats(member, start, remarks);
  }
}

/** `ValueExpected` as `value expected`. */
function words(code: string): string {
  return code.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
}
