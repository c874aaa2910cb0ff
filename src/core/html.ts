/** HTML that escapes by construction: only what this file has made counts as HTML, everything else is text. */
import { escapeHtml, visible } from './hostile-text.ts';

/** Made by `html` only: nothing outside of this file can construct one from a string. */
export class Html {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  static of(parts: readonly string[], values: readonly Part[]): Html {
    return new Html(parts.map((part, at) => part + printed(values[at])).join(''));
  }

  toString(): string {
    return this.#text;
  }
}

/** What a template may contain. `null`, `undefined` and `false` print nothing. */
export type Part = Html | string | number | null | undefined | false | readonly Part[];

/**
 * Text is escaped for element content and for quoted attribute values, so attributes must be quoted. It must not be put
 * into a script, a style, or the name of a tag or attribute. Characters that hide or reorder others are made visible.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Part[]): Html {
  return Html.of(parts, values);
}

function printed(value: Part): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return value.toString();
  if (typeof value === 'object') return value.map(printed).join('');
  return escapeHtml(visible(String(value)));
}
