/**
 * JSON as RFC 8259 has it, and stricter: no duplicate members, no lone surrogates, bounded depth. JSON.parse takes the last
 * of two members with one name, which another verifier may not; and it turns 1.0 and 1e0 into 1.
 */
export type JsonValue = string | boolean | null | JsonNumber | readonly JsonValue[] | JsonObject;
export type JsonObject = ReadonlyMap<string, JsonValue>;

/** A number as written. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const deepest = 16;

const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them.
const plain = /[^"\\\u0000-\u001f]*/y;
const space = /[ \t\n\r]*/y;
const escaped = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** Where and why a text is not strict JSON. */
export class JsonProblem extends Error {}

/** Throws JsonProblem. */
export function parseStrictJson(text: string): JsonValue {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  value(depth: number): JsonValue {
    this.skipSpace();
    const first = this.text[this.at];
    if (first === '{') return this.object(depth + 1);
    if (first === '[') return this.array(depth + 1);
    if (first === '"') return this.string();
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    const digits = this.match(number);
    if (digits === '') this.fail('a value');
    return new JsonNumber(digits);
  }

  end(): void {
    this.skipSpace();
    if (this.at < this.text.length) this.fail('the end');
  }

  private object(depth: number): JsonObject {
    this.enter(depth);
    const members = new Map<string, JsonValue>();
    if (this.takes('}')) return members;
    do {
      this.skipSpace();
      const start = this.at;
      if (this.text[start] !== '"') this.fail('the name of a member');
      const name = this.string();
      if (members.has(name)) {
        this.at = start;
        this.fail('each member once');
      }
      if (!this.takes(':')) this.fail('a colon');
      members.set(name, this.value(depth));
    } while (this.takes(','));
    if (!this.takes('}')) this.fail('a comma or }');
    return members;
  }

  private array(depth: number): readonly JsonValue[] {
    this.enter(depth);
    const items: JsonValue[] = [];
    if (this.takes(']')) return items;
    do items.push(this.value(depth));
    while (this.takes(','));
    if (!this.takes(']')) this.fail('a comma or ]');
    return items;
  }

  private string(): string {
    this.at += 1;
    let value = '';
    for (;;) {
      value += this.match(plain);
      const next = this.text[this.at];
      if (next === '"') break;
      if (next !== '\\') this.fail('a closing quote');
      value += this.escape();
    }
    this.at += 1;
    // The text itself holds none, but \u escapes can.
    if (hasLoneSurrogate(value)) this.fail('a string without lone surrogates');
    return value;
  }

  private escape(): string {
    const letter = this.text[this.at + 1] ?? '';
    if (letter === 'u') {
      const digits = this.text.slice(this.at + 2, this.at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.fail('four hex digits');
      this.at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const character = escaped.get(letter);
    if (character === undefined) this.fail('an escape of JSON');
    this.at += 2;
    return character;
  }

  private enter(depth: number): void {
    if (depth > deepest) this.fail(`at most ${deepest} levels`);
    this.at += 1;
  }

  private takes(character: string): boolean {
    this.skipSpace();
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  private skipSpace(): void {
    this.match(space);
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const [found = ''] = pattern.exec(this.text) ?? [];
    this.at += found.length;
    return found;
  }

  private fail(expected: string): never {
    throw new JsonProblem(`JSON, character ${this.at + 1}: expected ${expected}`);
  }
}

function hasLoneSurrogate(text: string): boolean {
  return /[\ud800-\udbff](?![\udc00-\udfff])|(?:[^\ud800-\udbff]|^)[\udc00-\udfff]/.test(text);
}
