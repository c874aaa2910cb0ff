const shownCharacters = 80;

/**
 * A text in double quotes, for an error message: cut after 80 characters, on one line.
 * Control and format characters are escaped, so that it can't forge a log line or reverse a terminal's text.
 */
export function quote(text: string): string {
  // Cut before splitting into code points: the text may be megabytes.
  const characters = [...text.slice(0, shownCharacters * 2)];
  const long = characters.length > shownCharacters || text.length > shownCharacters * 2;
  const shown = characters.slice(0, shownCharacters).join('');
  const escaped = onOneLine(JSON.stringify(shown));
  return long ? `${escaped.slice(0, -1)}…"` : escaped;
}

/** Only visible characters that don't move others: controls, format characters and line ends are escaped. */
export function onOneLine(text: string): string {
  return text.replace(
    /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
