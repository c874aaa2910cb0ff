/**
 * A dictionary of TrustKit as it stands in Swift or Objective-C source, read as the property list that it would make.
 * Only literals: what is known when the app runs can't be read.
 */
import { quote } from '../../../core/quote.ts';
import type { PlistEntry, PlistValue } from '../plist/plist.ts';
import { type Offset, Unreadable } from '../remarks.ts';
import { type SourceLanguage, SourceScanner } from '../source/source-scanner.ts';
import { literalValue } from '../source/string-literal.ts';

const deepest = 20;
const most = 25_000;

/** The values of TrustKit's constants, where they differ from the constant's name without its `k`. */
const constants: ReadonlyMap<string, string> = new Map([
  ['kTSKExcludeSubdomainFromParentPolicy', 'kSKExcludeSubdomainFromParentPolicy'],
]);

/** What is assigned to a key, given by its value, such as `TSKPinnedDomains`; null if the key is not there. */
export function assignedTo(key: string, text: string): PlistValue | null {
  const language = /@(?:\{|"|interface\b|implementation\b|import\b)/.test(text) ? 'objective-c' : 'swift';
  return new LiteralReader(text, language).assignedTo(key);
}

class LiteralReader {
  private readonly scanner: SourceScanner;
  private readonly language: SourceLanguage;
  private values = 0;

  constructor(text: string, language: SourceLanguage) {
    this.scanner = new SourceScanner(text, language);
    this.language = language;
  }

  assignedTo(key: string): PlistValue | null {
    const { scanner } = this;
    let found: PlistValue | null = null;
    while (scanner.next()) {
      const { start, kind } = scanner;
      if (kind !== 'word' && kind !== 'string') continue;
      if ((kind === 'word' ? this.constant() : this.string()) !== key) continue;
      scanner.next();
      if (!scanner.is(':')) continue;
      if (found !== null) throw new Unreadable(start, `${key} stands here a second time: keep one of them`);
      scanner.next();
      found = this.value(0);
    }
    return found;
  }

  /** Begins at the first token of the value, and ends at its last. */
  private value(depth: number): PlistValue {
    const { scanner } = this;
    const at = scanner.start;
    this.values += 1;
    if (depth > deepest) throw new Unreadable(at, 'brackets are nested too deeply');
    if (this.values > most) throw new Unreadable(at, `expected at most ${most} values`);
    if (scanner.kind === 'string') return { at, is: 'string', text: this.stringOrRefuse() };
    if (scanner.kind === 'word') return this.word(at);
    if (scanner.is('@')) {
      scanner.next();
      if (scanner.is('{')) return { at, is: 'dictionary', entries: this.entries('}', depth) };
      if (scanner.is('(')) return this.boxed(depth);
      if (!scanner.is('@')) return { ...this.value(depth), at };
    } else if (scanner.is('[')) return this.list(at, depth);
    throw this.notLiteral();
  }

  /** `[…]`: an array, or in Swift also a dictionary. Ends at the closing bracket. */
  private list(at: Offset, depth: number): PlistValue {
    const { scanner } = this;
    const items: PlistValue[] = [];
    scanner.next();
    if (scanner.is(':')) {
      this.expectNext(']');
      return { at, is: 'dictionary', entries: new Map() };
    }
    while (!scanner.is(']')) {
      const item = this.value(depth + 1);
      this.skipCast();
      if (items.length === 0 && scanner.is(':') && this.language === 'swift')
        return { at, is: 'dictionary', entries: this.entries(']', depth, item) };
      items.push(item);
      if (scanner.is(',')) scanner.next();
      else if (!scanner.is(']')) throw this.notLiteral();
    }
    return { at, is: 'array', items };
  }

  /** Begins at the opening bracket, or with a first key at the colon after it; ends at the closing bracket. */
  private entries(close: string, depth: number, first?: PlistValue): Map<string, PlistEntry> {
    const { scanner } = this;
    const entries = new Map<string, PlistEntry>();
    let key = first;
    if (key === undefined) scanner.next();
    while (key !== undefined || !scanner.is(close)) {
      key ??= this.key(depth);
      if (key.is !== 'string') throw new Unreadable(key.at, 'expected a string as a key');
      if (!scanner.is(':')) throw this.notLiteral();
      if (entries.has(key.text))
        throw new Unreadable(key.at, `the key ${quote(key.text)} stands twice in one dictionary`);
      scanner.next();
      entries.set(key.text, { at: key.at, value: this.value(depth + 1) });
      this.skipCast();
      key = undefined;
      if (scanner.is(',')) scanner.next();
      else if (!scanner.is(close)) throw this.notLiteral();
    }
    return entries;
  }

  /** Ends after it. */
  private key(depth: number): PlistValue {
    const key = this.value(depth + 1);
    this.scanner.next();
    return key;
  }

  /** Goes to the token after a value, and after `as [String: Any]`. */
  private skipCast(): void {
    const { scanner } = this;
    scanner.next();
    if (this.language !== 'swift' || !scanner.is('as')) return;
    let open = 0;
    while (scanner.next()) {
      if (open === 0 && (scanner.is(',') || scanner.is(']') || scanner.is(':'))) return;
      if (scanner.is('[')) open += 1;
      else if (scanner.is(']')) open -= 1;
    }
  }

  /** `@(YES)`. Ends at the closing bracket. */
  private boxed(depth: number): PlistValue {
    this.scanner.next();
    const value = this.value(depth + 1);
    this.expectNext(')');
    return value;
  }

  private word(at: Offset): PlistValue {
    const { token } = this.scanner;
    if (token === 'true' || token === 'YES') return { at, is: 'boolean', value: true };
    if (token === 'false' || token === 'NO') return { at, is: 'boolean', value: false };
    if (/^\d{1,9}$/.test(token)) return { at, is: 'number', value: Number(token) };
    const text = this.constant();
    if (text === null) throw this.notLiteral();
    return { at, is: 'string', text };
  }

  /** The value of a constant of TrustKit; null: the word is none. */
  private constant(): string | null {
    const { scanner } = this;
    if (scanner.end - scanner.start > 100) return null;
    const { token } = scanner;
    return constants.get(token) ?? (token.startsWith('kTSK') ? token.slice(1) : null);
  }

  private string(): string | null {
    const { scanner } = this;
    return scanner.hasTemplate ? null : literalValue(scanner.token, this.language);
  }

  private stringOrRefuse(): string {
    const text = this.string();
    if (text === null) throw this.notLiteral();
    return text;
  }

  private expectNext(character: string): void {
    this.scanner.next();
    if (!this.scanner.is(character)) throw this.notLiteral();
  }

  private notLiteral(): Unreadable {
    const { scanner } = this;
    const found = scanner.kind === 'end' ? 'the end of the source' : quote(scanner.token.slice(0, 200));
    return new Unreadable(
      scanner.start,
      `not a literal: expected a dictionary, array, string or boolean as it stands, found ${found}`,
    );
  }
}
