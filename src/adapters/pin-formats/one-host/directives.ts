import { quote } from '../../../core/quote.ts';
import type { Offset, Remarks } from '../remarks.ts';

/** `name=value`, `name="value"` or `name` (RFC 7469, section 2.1). */
export interface Directive {
  readonly at: Offset;
  /** In lower case. */
  readonly name: string;
  readonly value: string | null;
  readonly isQuoted: boolean;
}

const directive = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"]*)))?$/s;

/** The directives of a field; empty ones are allowed. `start`: where the value begins in the text. */
export function directivesOf(value: string, start: Offset, remarks: Remarks): Directive[] {
  return partsOf(value).flatMap(({ at, text }) => {
    const trimmed = text.trim();
    if (trimmed === '') return [];
    const place = start + at + text.indexOf(trimmed);
    const [, name, quoted, token] = directive.exec(trimmed) ?? [];
    if (name === undefined) {
      remarks.problem(place, `expected a directive such as max-age=5184000, found ${quote(trimmed)}`);
      return [];
    }
    const unquoted = quoted?.replace(/\\(.)/gs, '$1');
    return [
      {
        at: place,
        name: name.toLowerCase(),
        value: unquoted ?? token ?? null,
        isQuoted: quoted !== undefined,
      },
    ];
  });
}

/** What stands between semicolons that are not in quotes. */
function partsOf(value: string): { readonly at: Offset; readonly text: string }[] {
  const parts: { at: Offset; text: string }[] = [];
  let from = 0;
  for (const { 0: token, index } of value.matchAll(/"(?:[^"\\]|\\.)*"?|;/gs)) {
    if (token !== ';') continue;
    parts.push({ at: from, text: value.slice(from, index) });
    from = index + 1;
  }
  return [...parts, { at: from, text: value.slice(from) }];
}
