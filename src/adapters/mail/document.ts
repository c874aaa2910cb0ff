/**
 * A letter after wording and before rendering. Its content is decided once, so text and HTML cannot differ.
 * Strings in it may be hostile: the printers make them safe, so that the code that words a letter cannot forget to.
 */
export type Tone = 'critical' | 'warning' | 'info' | 'good' | 'plain';

export type Fact = readonly [label: string, value: string];

export interface Step {
  readonly text: string;
  /** To be pasted as is: never wrapped, except a command, with backslashes. */
  readonly code?: readonly string[];
  /** Alternatives, of which one is to be chosen; lettered, because steps are numbered. They have none of their own. */
  readonly either?: readonly Step[];
}

export type Block =
  | { readonly kind: 'title'; readonly tone: Tone; readonly label: string; readonly text: string }
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'facts'; readonly rows: readonly Fact[] }
  /** One thing with a few facts, such as a certificate. */
  | {
      readonly kind: 'card';
      readonly title: string;
      readonly mark: string;
      readonly tone: Tone;
      readonly rows: readonly Fact[];
    }
  | { readonly kind: 'bullets'; readonly items: readonly string[] }
  | { readonly kind: 'steps'; readonly items: readonly Step[] }
  | { readonly kind: 'rule' };
