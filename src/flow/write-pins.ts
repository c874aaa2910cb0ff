/** The port of whoever writes pins in the notations in which apps ship them. */
import type { PinFormat } from '../core/pin-format.ts';
import type { PinRules } from '../core/pin-set.ts';
import type { SeenKeys } from '../core/seen-key.ts';

export const sourceLanguages = ['kotlin', 'java'] as const;
export type SourceLanguage = (typeof sourceLanguages)[number];

/** What the reader of the text must know or want besides the rules. */
export interface WriteChoices {
  /** `2027-03-01`: pinning ends on this day, silently. Left out: as the rules say. */
  readonly expiration?: string;
  /** Accept that names more than one label below a pinned name are not pinned. */
  readonly oneLabel?: boolean;
  /** The version of OkHttp that runs in the app. */
  readonly okhttp?: string;
  /** Of source code. Left out: Kotlin. */
  readonly language?: SourceLanguage;
}

export interface WriteOptions extends WriteChoices {
  readonly seen: SeenKeys;
}

export type WrittenPins =
  | {
      readonly ok: true;
      readonly text: string;
      /** What the app's developer must know: one sentence each. */
      readonly notes: readonly string[];
    }
  /** The text would mean something else than the rules: everything that is in the way. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Writes rules so that the code that enforces the notation gives them the same meaning, or says why it can't. */
export type WritePins = (format: PinFormat, rules: PinRules, options: WriteOptions) => WrittenPins;
