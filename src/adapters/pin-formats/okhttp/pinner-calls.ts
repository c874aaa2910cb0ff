/**
 * The calls of `CertificatePinner.Builder.add` in source. A call of any `add` is one if a string in it is a pin, or if
 * what it is called on was made by `CertificatePinner.Builder()`: a chain, a variable, the block of `apply` or `also`.
 */
import type { Offset } from '../remarks.ts';
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
}

const outermost: Frame = {
  ...{ call: null, within: null, yieldsBuilder: false, onBuilder: false, itIsBuilder: false },
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
  private frame = outermost;
  private readonly calls: PinnerCall[] = [];
  private readonly strays: Offset[] = [];
  private readonly builders = new Set<string>();
  private hasBuilder = false;
  /** What was just read is a builder. */
  private isBuilder = false;
  /** The last word follows a builder and a dot. */
  private isMember = false;
  /** The last tokens, the newest first: how a builder is made and named. */
  private readonly last: { start: Offset; end: Offset }[] = [];

  constructor(text: string, language: SourceLanguage) {
    this.text = text;
    this.language = language;
    this.scanner = new SourceScanner(text, language);
  }

  find(): PinnerCalls {
    while (this.scanner.next()) {
      this.take();
      this.last.unshift({ start: this.scanner.start, end: this.scanner.end });
      if (this.last.length > longestConstruction) this.last.pop();
    }
    const { calls, hasBuilder, strays } = this;
    return { calls: calls.toSorted((a, b) => a.at - b.at), hasBuilder, strays };
  }

  private take(): void {
    const { scanner } = this;
    const character = scanner.kind === 'character' ? scanner.token : '';
    if (character === ')' || character === ']' || character === '}') {
      this.close();
      return;
    }
    this.noteArgument(character);
    if (character === '(' || character === '[' || character === '{') this.open(character);
    else if (scanner.kind === 'word') this.takeWord();
    else if (scanner.kind === 'string') this.takeString();
    else {
      // `?.` is a dot as well; `!!` leaves what it follows.
      if (character !== '?' && character !== '!') this.isMember = character === '.' && this.isBuilder;
      if (character !== '?' && character !== '!' && character !== '.') this.isBuilder = false;
    }
  }

  private takeWord(): void {
    const afterDot = this.before(0, '.');
    this.isMember = afterDot && this.isMember;
    if (afterDot) {
      this.isBuilder = false;
      return;
    }
    const word = this.scanner.end - this.scanner.start > longestName ? '' : this.scanner.token;
    this.isBuilder = this.builders.has(word) || (word === 'it' && this.frame.itIsBuilder);
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
  private noteArgument(character: string): void {
    const { call } = this.frame;
    if (call === null) return;
    const { start, kind, hasTemplate } = this.scanner;
    const current = call.arguments.at(-1);
    if (character === ',') {
      call.arguments.push({ at: start + 1, value: null, tokens: 0 });
      return;
    }
    if (current === undefined || current.tokens > 0) {
      if (current === undefined)
        call.arguments.push({ at: start, value: this.literal(kind, hasTemplate), tokens: 1 });
      else {
        current.tokens += 1;
        current.value = null;
      }
      return;
    }
    Object.assign(current, { at: start, value: this.literal(kind, hasTemplate), tokens: 1 });
  }

  private literal(kind: string, hasTemplate: boolean): string | null {
    return kind === 'string' && !hasTemplate ? literalValue(this.scanner.token, this.language) : null;
  }

  private open(character: string): void {
    const { frame } = this;
    this.frames.push(frame);
    const { onBuilder, itIsBuilder } = frame;
    const inherited = {
      ...{ call: null, within: frame.within, yieldsBuilder: false },
      onBuilder,
      itIsBuilder,
    };
    if (character === '(' && this.makesBuilder()) {
      this.nameBuilder();
      this.hasBuilder = true;
      this.frame = { ...inherited, yieldsBuilder: true };
    } else if (character === '(' && this.before(0, 'add')) {
      const isOnBuilder = this.isMember || (!this.before(1, '.') && onBuilder);
      const call: OpenCall = { at: this.last[0]?.start ?? 0, arguments: [], isOnBuilder, hasPin: false };
      this.frame = { ...inherited, call, within: call, yieldsBuilder: isOnBuilder };
    } else if (character === '{' && this.isMember && (this.before(0, 'apply') || this.before(0, 'run'))) {
      this.frame = { ...inherited, yieldsBuilder: true, onBuilder: true };
    } else if (character === '{' && this.isMember && (this.before(0, 'also') || this.before(0, 'let'))) {
      this.frame = { ...inherited, yieldsBuilder: true, itIsBuilder: true };
    } else this.frame = inherited;
    this.isBuilder = false;
    this.isMember = false;
  }

  private close(): void {
    const { call, yieldsBuilder } = this.frame;
    const isPinner = call !== null && this.finish(call);
    this.frame = this.frames.pop() ?? outermost;
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
    const name = this.last[at + 1];
    if (this.before(at, '=') && name !== undefined && name.end - name.start <= longestName)
      this.builders.add(this.text.slice(name.start, name.end));
  }

  /** Whether the token `back` places before the current one is this text. */
  private before(back: number, text: string): boolean {
    const token = this.last[back];
    return (
      token !== undefined &&
      token.end - token.start === text.length &&
      this.text.startsWith(text, token.start)
    );
  }
}

function isPin(value: string): boolean {
  return value.startsWith('sha256/') || value.startsWith('sha1/');
}

/** `name = new okhttp3.CertificatePinner.Builder`, in tokens. */
const longestConstruction = 8;
const longestName = 100;
