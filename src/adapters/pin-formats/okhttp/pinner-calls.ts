/**
 * The calls of `CertificatePinner.Builder.add` in source. A call of any `add` is one if a string in it is a pin, or if
 * what it is called on was made by `CertificatePinner.Builder()`: a chain, a variable, the block of `apply` or `also`.
 */
import { type Offset, Unreadable } from '../remarks.ts';
import { type SourceLanguage, SourceScanner } from './source-scanner.ts';
import { literalValue } from './string-literal.ts';

export interface Argument {
  readonly at: Offset;
  /** null: anything but one string literal, so its value is known only when the code runs. */
  readonly value: string | null;
}

export interface PinnerCall {
  /** Of the word `add`. */
  readonly at: Offset;
  readonly arguments: readonly Argument[];
}

export interface PinnerCalls {
  readonly calls: readonly PinnerCall[];
  /** Whether a `CertificatePinner.Builder()` was made at all. */
  readonly hasBuilder: boolean;
  /** Pins in strings outside any call of `add`. */
  readonly strays: readonly Offset[];
}

export function languageOf(text: string): SourceLanguage {
  return /\bnew\s+(?:okhttp3\s*\.\s*)?CertificatePinner\b/.test(text) ? 'java' : 'kotlin';
}

interface OpenCall {
  readonly at: Offset;
  readonly arguments: { at: Offset; value: string | null; tokens: number }[];
  readonly isOnBuilder: boolean;
  /** A string in it is a pin. */
  hasPin: boolean;
}

/** An open bracket. */
interface Frame {
  /** The call whose arguments stand directly in it. */
  readonly call: OpenCall | null;
  /** The innermost call of `add` around. */
  readonly within: OpenCall | null;
  /** A builder is what comes of it once it is closed. */
  readonly yieldsBuilder: boolean;
  /** Inside, `add(…)` is called on a builder. */
  readonly onBuilder: boolean;
  /** Inside, `it` is a builder. */
  readonly itIsBuilder: boolean;
  /** What a bracket inside is that means nothing; made once, because most are. */
  plain: Frame | null;
}

const outermost: Frame = {
  call: null,
  within: null,
  yieldsBuilder: false,
  onBuilder: false,
  itIsBuilder: false,
  plain: null,
};

/** Throws Unreadable. Takes time in proportion to the text. */
export function pinnerCalls(text: string, language: SourceLanguage): PinnerCalls {
  return new CallFinder(text, language).find();
}

class CallFinder {
  private readonly text: string;
  private readonly language: SourceLanguage;
  private readonly scanner: SourceScanner;
  private readonly frames: Frame[] = [];
  private frame: Frame = { ...outermost };
  private readonly calls: PinnerCall[] = [];
  private readonly strays: Offset[] = [];
  private readonly builders = new Set<string>();
  private hasBuilder = false;
  /** What was just read is a builder. */
  private isBuilder = false;
  /** The last word follows a builder and a dot. */
  private isMember = false;
  /** Where the last tokens start and end, by turns: how a builder is made and named. */
  private readonly starts = new Int32Array(rememberedTokens);
  private readonly ends = new Int32Array(rememberedTokens);
  private tokens = 0;

  constructor(text: string, language: SourceLanguage) {
    this.text = text;
    this.language = language;
    this.scanner = new SourceScanner(text, language);
  }

  find(): PinnerCalls {
    const { scanner } = this;
    while (scanner.next()) {
      this.take();
      this.starts[this.tokens % rememberedTokens] = scanner.start;
      this.ends[this.tokens % rememberedTokens] = scanner.end;
      this.tokens += 1;
      if (this.tokens > mostTokens)
        throw new Unreadable(
          scanner.start,
          `expected at most ${mostTokens} words and characters in the source`,
        );
    }
    const { calls, hasBuilder, strays } = this;
    return { calls: calls.toSorted((a, b) => a.at - b.at), hasBuilder, strays };
  }

  private take(): void {
    const { kind, start } = this.scanner;
    const code = kind === 'character' ? this.text.charCodeAt(start) : 0;
    if (code === closeParenthesis || code === closeBracket || code === closeBrace) {
      this.close();
      return;
    }
    if (this.frame.call !== null) this.noteArgument(this.frame.call, code);
    if (code === openParenthesis || code === openBracket || code === openBrace) this.open(code);
    else if (kind === 'word') this.takeWord();
    else if (kind === 'string') this.takeString();
    // `?.` is a dot as well; `!!` leaves what it follows.
    else if (code !== questionMark && code !== exclamationMark) {
      this.isMember = code === dot && this.isBuilder;
      if (code !== dot) this.isBuilder = false;
    }
  }

  private takeWord(): void {
    const afterDot = this.before(0, '.');
    this.isMember = afterDot && this.isMember;
    if (afterDot) {
      this.isBuilder = false;
      return;
    }
    const { scanner } = this;
    if (scanner.end - scanner.start > longestName) this.isBuilder = false;
    else if (this.frame.itIsBuilder && scanner.is('it')) this.isBuilder = true;
    else this.isBuilder = this.builders.size > 0 && this.builders.has(scanner.token);
  }

  private takeString(): void {
    const { start } = this.scanner;
    this.isBuilder = false;
    this.isMember = false;
    const from = this.text.startsWith('"""', start) ? start + 3 : start + 1;
    if (!isPin(this.text.slice(from, from + 'sha256/'.length))) return;
    if (this.frame.within === null) this.strays.push(start);
    else this.frame.within.hasPin = true;
  }

  /** The token belongs to an argument of the call, or divides two. */
  private noteArgument({ arguments: all }: OpenCall, code: number): void {
    const { start, kind, hasTemplate } = this.scanner;
    const current = all.at(-1);
    if (code === comma) all.push({ at: start + 1, value: null, tokens: 0 });
    else if (current === undefined)
      all.push({ at: start, value: this.literal(kind, hasTemplate), tokens: 1 });
    else {
      current.tokens += 1;
      current.value = current.tokens === 1 ? this.literal(kind, hasTemplate) : null;
      if (current.tokens === 1) current.at = start;
    }
  }

  private literal(kind: string, hasTemplate: boolean): string | null {
    return kind === 'string' && !hasTemplate ? literalValue(this.scanner.token, this.language) : null;
  }

  private open(code: number): void {
    if (this.frames.length >= deepest)
      throw new Unreadable(this.scanner.start, 'brackets are nested too deeply');
    this.frames.push(this.frame);
    this.frame = this.opened(code);
    this.isBuilder = false;
    this.isMember = false;
  }

  private opened(code: number): Frame {
    const { frame } = this;
    if (code === openParenthesis && this.before(0, 'add')) {
      const isOnBuilder = this.isMember || (frame.onBuilder && !this.before(1, '.'));
      const call: OpenCall = { at: this.lastStart, arguments: [], isOnBuilder, hasPin: false };
      return { ...frame, call, within: call, yieldsBuilder: isOnBuilder, plain: null };
    }
    if (code === openParenthesis && this.makesBuilder()) {
      this.nameBuilder();
      this.hasBuilder = true;
      return { ...frame, call: null, yieldsBuilder: true, plain: null };
    }
    if (code === openBrace && this.isMember) {
      const onBuilder = this.before(0, 'apply') || this.before(0, 'run');
      const itIsBuilder = this.before(0, 'also') || this.before(0, 'let');
      if (onBuilder || itIsBuilder)
        return { ...frame, call: null, yieldsBuilder: true, onBuilder, itIsBuilder, plain: null };
    }
    frame.plain ??= { ...frame, call: null, yieldsBuilder: false, plain: null };
    return frame.plain;
  }

  private close(): void {
    const { call, yieldsBuilder } = this.frame;
    const isPinner = call !== null && this.finish(call);
    this.frame = this.frames.pop() ?? this.frame;
    this.isBuilder = yieldsBuilder || isPinner;
    this.isMember = false;
  }

  /** Whether the call pins a host. */
  private finish({ at, arguments: all, isOnBuilder, hasPin }: OpenCall): boolean {
    const given = all.filter(({ tokens }) => tokens > 0);
    // Pins may be gathered in a list first: `pins.add("sha256/…")`.
    const gathers = !isOnBuilder && hasPin && isPin(given[0]?.value ?? '');
    if (gathers) this.strays.push(given[0]?.at ?? at);
    const isPinner = isOnBuilder || (hasPin && !gathers);
    if (isPinner) this.calls.push({ at, arguments: given.map((one) => ({ at: one.at, value: one.value })) });
    return isPinner;
  }

  /** `CertificatePinner.Builder` stands before the bracket. */
  private makesBuilder(): boolean {
    return this.before(0, 'Builder') && this.before(1, '.') && this.before(2, 'CertificatePinner');
  }

  /** Remembers the variable that the builder is assigned to. */
  private nameBuilder(): void {
    let at = 3;
    if (this.before(at, '.') && this.before(at + 1, 'okhttp3')) at += 2;
    if (this.before(at, 'new')) at += 1;
    const [start, end] = this.placeOf(at + 1);
    if (this.before(at, '=') && end > start && end - start <= longestName)
      this.builders.add(this.text.slice(start, end));
  }

  private get lastStart(): Offset {
    return this.placeOf(0)[0];
  }

  /** Where the token `back` places before the current one starts and ends. */
  private placeOf(back: number): readonly [start: Offset, end: Offset] {
    const at = this.tokens - 1 - back;
    if (at < 0) return [0, 0];
    return [this.starts[at % rememberedTokens] ?? 0, this.ends[at % rememberedTokens] ?? 0];
  }

  /** Whether the token `back` places before the current one is this text. */
  private before(back: number, text: string): boolean {
    const at = this.tokens - 1 - back;
    if (at < 0) return false;
    const start = this.starts[at % rememberedTokens] ?? 0;
    return this.ends[at % rememberedTokens] === start + text.length && this.text.startsWith(text, start);
  }
}

function isPin(value: string): boolean {
  return value.startsWith('sha256/') || value.startsWith('sha1/');
}

/** `name = new okhttp3.CertificatePinner.Builder` has eight. */
const rememberedTokens = 16;
const longestName = 100;
/** A source of 1 MiB has about 200,000. Read in less than 50 ms. */
const mostTokens = 300_000;
const deepest = 1_000;

const exclamationMark = 33;
const openParenthesis = 40;
const closeParenthesis = 41;
const comma = 44;
const dot = 46;
const questionMark = 63;
const openBracket = 91;
const closeBracket = 93;
const openBrace = 123;
const closeBrace = 125;
