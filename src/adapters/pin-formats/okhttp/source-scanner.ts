/**
 * Kotlin and Java source as far as calls and string literals need it: words, strings and single characters, without
 * comments and white space. Takes any text, and never goes back, so its time is in proportion to the text.
 */
import { type Offset, Unreadable } from '../remarks.ts';

export type SourceLanguage = 'kotlin' | 'java';

export type TokenKind = 'word' | 'string' | 'character' | 'end';

/** Templates in strings in templates …: nobody writes more. */
const deepestTemplate = 20;

export class SourceScanner {
  kind: TokenKind = 'end';
  start: Offset = 0;
  end: Offset = 0;
  /** Of a string: it has parts that are known only when the code runs. */
  hasTemplate = false;

  private readonly text: string;
  private readonly language: SourceLanguage;

  constructor(text: string, language: SourceLanguage) {
    this.text = text;
    this.language = language;
  }

  /** Goes to the next token; false at the end of the text. Throws Unreadable. */
  next(): boolean {
    this.skipGaps();
    this.start = this.end;
    this.hasTemplate = false;
    if (this.start >= this.text.length) {
      this.kind = 'end';
      return false;
    }
    const code = this.text.charCodeAt(this.start);
    if (isWordPart(code)) {
      this.kind = 'word';
      while (isWordPart(this.text.charCodeAt(this.end))) this.end += 1;
    } else if (code === doubleQuote) {
      this.kind = 'string';
      this.end = this.afterString(this.start, 0);
    } else {
      this.kind = 'character';
      this.end = code === singleQuote ? this.afterCharacter() : this.start + 1;
    }
    return true;
  }

  /** Whether the token is this text, without a copy of it. */
  is(word: string): boolean {
    return this.end - this.start === word.length && this.text.startsWith(word, this.start);
  }

  get token(): string {
    return this.text.slice(this.start, this.end);
  }

  private skipGaps(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.end);
      if (code <= space) this.end += 1;
      else if (code === slash && this.text.charCodeAt(this.end + 1) === slash) this.end = this.endOfLine();
      else if (code === slash && this.text.charCodeAt(this.end + 1) === asterisk) this.skipBlockComment();
      else return;
    }
  }

  private endOfLine(): Offset {
    const end = this.text.indexOf('\n', this.end);
    return end === -1 ? this.text.length : end;
  }

  /** In Kotlin, comments nest. */
  private skipBlockComment(): void {
    let depth = 1;
    let at = this.end + 2;
    while (depth > 0 && at < this.text.length) {
      const [code, following] = [this.text.charCodeAt(at), this.text.charCodeAt(at + 1)];
      if (code === asterisk && following === slash) depth -= 1;
      else if (this.language === 'kotlin' && code === slash && following === asterisk) depth += 1;
      else {
        at += 1;
        continue;
      }
      at += 2;
    }
    this.end = at;
  }

  /** A quote that begins no character literal stands alone: source may be quoted in prose. */
  private afterCharacter(): Offset {
    const { text, start } = this;
    const escaped = text.charAt(start + 1) === '\\';
    const close = escaped && text.charAt(start + 2) === 'u' ? start + 7 : start + (escaped ? 3 : 2);
    return text.charCodeAt(close) === singleQuote ? close + 1 : start + 1;
  }

  /** A string without its closing quote ends with its line. */
  private afterString(open: Offset, depth: number): Offset {
    if (depth > deepestTemplate) throw new Unreadable(open, 'string templates are nested too deeply');
    const { text } = this;
    if (text.startsWith('"""', open)) return this.afterRawString(open + 3);
    for (let at = open + 1; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === doubleQuote) return at + 1;
      if (code === lineFeed) return at;
      if (code === backslash) at += 1;
      else if (this.startsTemplate(at)) {
        this.hasTemplate = true;
        if (text.charAt(at + 1) === '{') at = this.afterTemplate(at + 2, depth) - 1;
      }
    }
    return text.length;
  }

  private afterRawString(from: Offset): Offset {
    const close = this.text.indexOf('"""', from);
    let end = close === -1 ? this.text.length : close + 3;
    while (close !== -1 && this.text.charCodeAt(end) === doubleQuote) end += 1;
    if (this.language === 'kotlin' && this.text.slice(from, end).includes('$')) this.hasTemplate = true;
    return end;
  }

  private startsTemplate(at: Offset): boolean {
    return (
      this.language === 'kotlin' &&
      this.text.charCodeAt(at) === dollar &&
      (this.text.charAt(at + 1) === '{' || isWordPart(this.text.charCodeAt(at + 1)))
    );
  }

  /** After the brace that closes a template. */
  private afterTemplate(from: Offset, depth: number): Offset {
    let open = 1;
    let at = from;
    while (at < this.text.length && open > 0) {
      const code = this.text.charCodeAt(at);
      if (code === doubleQuote) at = this.afterString(at, depth + 1);
      else if (code === lineFeed) return at;
      else {
        if (code === openBrace) open += 1;
        else if (code === closeBrace) open -= 1;
        at += 1;
      }
    }
    return at;
  }
}

const lineFeed = 10;
const space = 32;
const doubleQuote = 34;
const dollar = 36;
const singleQuote = 39;
const asterisk = 42;
const slash = 47;
const backslash = 92;
const openBrace = 123;
const closeBrace = 125;

function isWordPart(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code >= 128
  );
}
