import { type Parsed, parsed, refused } from './parsed.ts';
import { quote } from './quote.ts';

export const accountNameExpected =
  'an account name of 1 to 63 lower-case letters, digits, dots, underscores and hyphens that starts with a letter or digit';

/** An account's name is used unchanged in keys, metric labels, URLs and file paths. */
export function parseAccountName(text: string): Parsed<string> {
  return /^[a-z0-9][a-z0-9._-]{0,62}$/.test(text)
    ? parsed(text)
    : refused(`expected ${accountNameExpected}, found ${quote(text)}`);
}
