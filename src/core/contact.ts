import { type Parsed, parsed, refused } from './parsed.ts';
import { quote } from './quote.ts';
import { parseHostName, type ToAscii } from './target.ts';

/** Contacts of one account. */
export const mostContacts = 100;

export const mailAddressExpected = 'a mail address such as devops@example.com';

/** RFC 5322, section 3.2.3: dot-atom. Quoted local parts and comments are not supported: no real contact has them. */
const localPart = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;

/**
 * A plain addr-spec, without a display name. An internationalized domain comes back as A-labels (RFC 5890), which every
 * mail server accepts. The result is safe in a header or an SMTP command: it is ASCII, without white space, control
 * characters, commas, quotes or angle brackets.
 */
export function parseMailAddress(text: string, toAscii: ToAscii): Parsed<string> {
  const found = `expected ${mailAddressExpected}, found ${quote(text)}`;
  if (text.length > 254) return refused(`${found}: it has over 254 characters`);
  if (/[<>]/.test(text)) return refused(`${found}: write the address alone, without a name and <>`);
  if (/[,;]/.test(text)) return refused(`${found}: write one address for each entry`);
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  if (local.length > 64) return refused(`${found}: it has over 64 characters before the @`);
  // Only servers with SMTPUTF8 (RFC 6531) deliver to such a mailbox, and it has no other spelling.
  if (/[\x80-\u{10ffff}]/u.test(local)) return refused(`${found}: before the @ only ASCII is accepted`);
  if (!localPart.test(local)) return refused(found);
  const domain = text.slice(at + 1);
  const host = parseHostName(domain, toAscii);
  if (!host.ok) return refused(`${found}: ${host.problem}`);
  const address = /[\x80-\u{10ffff}]/u.test(domain) ? `${local}@${host.value}` : text;
  return address.length > 254 ? refused(`${found}: it has over 254 characters as A-labels`) : parsed(address);
}
