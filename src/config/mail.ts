import { mailAddressExpected, parseMailAddress } from '../core/contact.ts';
import { canonicalIp } from '../core/ip.ts';
import { type Parsed, parsed, refused } from '../core/parsed.ts';
import { quote } from '../core/quote.ts';
import { parseHostName } from '../core/target.ts';
import { caReader } from './accounts.ts';
import type { MailSettings } from './config.ts';
import { keys } from './keys.ts';
import type { Outside } from './outside.ts';
import type { Place, Reader } from './reader.ts';
import { readSecretUrl, type UrlKind } from './secret-url.ts';

const smtpUrl: UrlKind = {
  expected: 'an smtp:// or smtps:// URL',
  schemes: ['smtp:', 'smtps:'],
  needsUser: true,
};

export function readMail(reader: Reader, place: Place, outside: Outside): MailSettings {
  const { smtp, smtpFile, from, caFile, name, tls } = reader.section(place, keys.mail);
  const url = readSecretUrl(reader, { url: smtp, file: smtpFile }, smtpUrl, outside) ?? null;
  const sent = smtp.raw !== undefined || smtpFile.raw !== undefined;
  if (sent && from.raw === undefined) reader.expected(from, `${mailAddressExpected} to send from`);
  const mail = {
    smtp: url,
    from:
      reader.parse(from, mailAddressExpected, (text) => parseMailAddress(text, outside.toAscii)) ??
      'pinwatch@localhost',
    ca: caReader(reader, outside)(caFile) ?? null,
    name: reader.parse(name, nameExpected, (text) => parseMachineName(text, outside)) ?? null,
  };
  const { protocol = null, username = '' } = url === null ? {} : new URL(url);
  const asked = reader.choice(tls, ['required', 'opportunistic']);
  if (asked === 'opportunistic' && protocol === 'smtp:' && username !== '') {
    reader.warn(
      tls.path,
      'the password of mail.smtp is sent in the clear if the mail server offers no STARTTLS',
    );
  }
  return { ...mail, tls: asked ?? (username === '' ? 'opportunistic' : 'required') };
}

const nameExpected = 'a host name such as pinwatch.example.com, or an address such as [192.0.2.1]';

/** A domain or an address literal (RFC 5321, section 4.1.3). */
function parseMachineName(text: string, { toAscii }: Outside): Parsed<string> {
  const found = `expected ${nameExpected}, found ${quote(text)}`;
  const [, prefix = '', literal] = /^\[(IPv6:)?([^[\]]*)\]$/i.exec(text) ?? [];
  if (literal !== undefined) {
    const address = canonicalIp(literal);
    if (address === null || address.includes(':') !== (prefix !== '')) return refused(found);
    return parsed(address.includes(':') ? `[IPv6:${address}]` : `[${address}]`);
  }
  const name = parseHostName(text, toAscii);
  return name.ok ? name : refused(`${found}: ${name.problem}`);
}
