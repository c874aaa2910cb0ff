/**
 * Everything that could break out of its line or pretend to be something else on it: controls (Cc), format characters
 * such as bidirectional overrides and zero-width spaces (Cf; CVE-2021-42574), line and paragraph separators, lone surrogates.
 */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A single line in which every character is visible; others become `\u{202e}`. At most `limit` characters. */
export function visible(text: string, limit = 4_000): string {
  // Cut before escaping too: the work stays proportional to the limit, however long the text is.
  const escaped = text.slice(0, limit).replace(unsafe, escapeCharacter);
  if (text.length <= limit && escaped.length <= limit) return escaped;
  return `${escaped.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

function escapeCharacter(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For element content and quoted attribute values alike. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
