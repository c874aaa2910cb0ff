/** The port of whoever reads or writes the notations in which apps ship their pins. */
import type { PinFormat } from '../core/pin-format.ts';
import type { PinRules } from '../core/pin-set.ts';

/** One place of a text, and what is wrong or worth knowing there. Lines and columns count from 1. */
export interface Remark {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** The rules of one mechanism in a text: an app with two of them gets two sets. */
export interface ReadRules extends PinRules {
  /** Added to the set's name if the text has several, such as `android` and `ios`. */
  readonly suffix?: string;
}

/** What a text alone does not say. */
export interface ReadOptions {
  /** Left out: told by the content. */
  readonly format?: PinFormat;
  /** The host of a notation that names none. */
  readonly host?: string;
  /** The version of OkHttp that runs in the app. */
  readonly okhttp?: string;
  /** Milliseconds since the epoch: when an HPKP header or another text with a relative time was received. */
  readonly receivedAt?: number;
  /** The key that verifies the signatures of a text, as PEM or as its library is given it. */
  readonly publicKey?: string;
}

export type ReadPinText =
  | {
      readonly ok: true;
      readonly format: PinFormat;
      readonly sets: readonly ReadRules[];
      /** What takes effect otherwise than its author may think. */
      readonly warnings: readonly Remark[];
    }
  /** The enforcing code would refuse it, or it can't be read: everything that is wrong, in order. */
  | { readonly ok: false; readonly format: PinFormat | null; readonly problems: readonly Remark[] };

/** Reads a text with the meaning that the code gives it that enforces it. Never throws, whatever the text. */
export type ReadPins = (text: string, options: ReadOptions) => ReadPinText;
