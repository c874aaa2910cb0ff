import { type Parsed, parsed, refused } from './parsed.ts';
import { quote } from './quote.ts';
import { parseHostName } from './target.ts';

export const mailAddressExpected = 'a mail address such as devops@example.com';

/** RFC 5322, section 3.2.3: dot-atom. Quoted local parts and comments are left out: nobody on call has one. */
const localPart = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;

/**
 * A plain addr-spec in ASCII, without a display name. What passes can stand in a header or an SMTP command as it is: it holds no
 * white space, control character, comma, quote or angle bracket.
 */
export function parseMailAddress(text: string): Parsed<string> {
  const found = `expected ${mailAddressExpected}, found ${quote(text)}`;
  if (text.length > 254) return refused(`${found}: it has over 254 characters`);
  if (/[<>]/.test(text)) return refused(`${found}: write the address alone, without a name and <>`);
  if (/[,;]/.test(text)) return refused(`${found}: write one address for each entry`);
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  if (local.length > 64) return refused(`${found}: it has over 64 characters before the @`);
  if (!localPart.test(local)) return refused(found);
  // No A-labels are made here: toAscii refuses whatever is not ASCII.
  const host = parseHostName(text.slice(at + 1), () => '');
  return host.ok ? parsed(text) : refused(`${found}: ${host.problem}`);
}
