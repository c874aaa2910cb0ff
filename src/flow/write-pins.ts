/** The port of whoever writes pins in the notations in which apps ship them. */
import type { PinFormat } from '../core/pin-format.ts';
import type { PinRules } from '../core/pin-set.ts';
import type { SeenKeys } from '../core/seen-key.ts';
import type { SourceLanguage } from '../core/source-language.ts';

/** What the rules alone don't say. */
export interface WriteChoices {
  /** `2027-03-01`: pinning ends on this day, silently. Left out: as the rules say. */
  readonly expiration?: string | undefined;
  /** Accept that names more than one label below a pinned name are not pinned. */
  readonly oneLabel?: boolean | undefined;
  /** The version of OkHttp that runs in the app. */
  readonly okhttp?: string | undefined;
  /** Of source code. Left out: Kotlin. */
  readonly language?: SourceLanguage | undefined;
}

export interface WriteOptions extends WriteChoices {
  /** Empty if the format does not need it. */
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

export interface PinWriter {
  /** Whether the format asks where on the path a key is, or for its certificates. */
  readonly needsSeen: (format: PinFormat) => boolean;
  /** Writes rules so that the code that enforces the format gives them the same meaning, or says why it can't. */
  readonly write: (format: PinFormat, rules: PinRules, options: WriteOptions) => WrittenPins;
}
