/** What a mail with a letter's notices says, for services that show text. */
import type { Letter } from '../../flow/mailer.ts';

export interface MessageText {
  /** One line of visible characters. */
  readonly title: string;
  readonly text: string;
}

/** Throws for a letter without notices. */
export type TextOf = (letter: Letter) => MessageText;

/** At most `limit` UTF-16 units, cut at the end of a line if there is one. */
export function cutAt(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const cut = text.slice(0, limit - 2);
  const end = cut.lastIndexOf('\n');
  return `${(end > 0 ? cut.slice(0, end) : cut).replace(/[\ud800-\udbff]$/, '')}\n…`;
}

const replacements: Readonly<Record<string, string>> = { '<': '‹', '>': '›', '`': 'ˋ' };

/** For services that format text: what would end code, or begin a link or mention, is replaced. */
export function withoutMarkup(text: string): string {
  return text.replace(/[<>`]/g, (character) => replacements[character] ?? '');
}
