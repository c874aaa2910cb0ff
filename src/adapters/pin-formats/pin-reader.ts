import type { PinFormat } from '../../core/pin-format.ts';
import type { ReadOptions, ReadRules } from '../../flow/pin-formats.ts';
import type { Remarks } from './remarks.ts';

/** What a format means, for people: one row of the table in docs/shipped-pins.md. Plain text with `code`. */
export interface FormatAbout {
  /** As people call it: `Android network security configuration`. */
  readonly title: string;
  /** What the text is: a file by its usual name, or a part of one. */
  readonly input: string;
  /** How the code that enforces the pins takes them: hosts, hashes, place on the path, time. */
  readonly meaning: readonly string[];
  /** What is refused because that code refuses it, or because it can't be read for certain. */
  readonly refused: readonly string[];
  /** The code that this was taken from: project, version or commit, files. */
  readonly source: string;
}

/** Reads one format. */
export interface PinReader {
  readonly format: PinFormat;
  readonly about: FormatAbout;
  /** Whether the text looks like this format. Takes time in proportion to the text at most. */
  readonly recognizes: (text: string) => boolean;
  /**
   * The rules of the text, with every problem and warning in `remarks`; what it returns is dropped if there are
   * problems. Throws Unreadable if it can't go on. Takes time in proportion to the text.
   */
  readonly read: (text: string, options: ReadOptions, remarks: Remarks) => readonly ReadRules[];
}
