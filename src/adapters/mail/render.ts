import addressparser from 'nodemailer/lib/addressparser';
import { isOfAccount, isOfDomain, type Notice } from '../../core/notice.ts';
import type { Letter } from '../../flow/mailer.ts';
import { accountStandings, accountSubject } from './account-words.ts';
import { rankOf } from './config-words.ts';
import { visible } from './hostile-text.ts';
import type { Installation } from './installation.ts';
import { jsonLimit, machinePart } from './machine-part.ts';
import { standings } from './one-state.ts';
import { readableParts } from './readable-parts.ts';
import { subject } from './subject.ts';
import { overall } from './summary.ts';

export interface RenderedLetter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly json: string;
  /** Besides From, To, Subject and MIME: safe to set as they are. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface RenderOptions extends Installation {
  /** Bytes of the JSON part. */
  readonly jsonLimit?: number;
}

/** A letter's content, a function of its arguments alone. Throws if the letter has no transitions. */
export function renderLetter(letter: Letter, options: RenderOptions): RenderedLetter {
  const { account, transitions } = letter;
  // Times are shown in whole seconds: ages counted from fractions would contradict them.
  const sentAt = Math.floor(letter.sentAt / 1_000) * 1_000;
  const sorted = standings(transitions.filter(isOfDomain));
  const configs = accountStandings(transitions.filter(isOfAccount));
  const all = [...sorted, ...configs];
  if (all.length === 0) throw new RangeError(`letter ${letter.id}: expected at least one transition`);
  const title =
    rankOf(configs[0]) < rankOf(sorted[0])
      ? accountSubject(account, configs, sorted, sentAt)
      : subject(account, sorted, sentAt, configs);
  return {
    subject: title,
    ...readableParts({ ...letter, sentAt }, sorted, configs, title, options),
    json: machinePart(account, transitions, options.jsonLimit ?? jsonLimit),
    headers: headersOf(letter, all, options),
  };
}

/** Contains nothing that a server sent: only ids, the account's name, the configured URL and closed sets. */
function headersOf(
  letter: Letter,
  sorted: readonly Notice[],
  { from, publicUrl }: Installation,
): Record<string, string> {
  const domain = senderDomain(from);
  const [only, second] = sorted;
  const thread = only && !second ? messageId(`incident-${only.incident}`, domain) : undefined;
  return {
    'Message-ID': messageId(letter.id, domain),
    Date: new Date(letter.sentAt).toUTCString().replace('GMT', '+0000'),
    // No such message exists: an incident's mails all refer to it, so that clients show them as one thread.
    ...(thread ? { 'In-Reply-To': thread, References: thread } : {}),
    // RFC 3834, section 5: no out-of-office answers to a machine. Exchange goes by the second header.
    'Auto-Submitted': 'auto-generated',
    'X-Auto-Response-Suppress': 'All',
    'X-Pinwatch-Account': visible(letter.account, 100),
    'X-Pinwatch-Severity': overall(sorted),
    ...(publicUrl ? { 'X-Pinwatch-Url': visible(publicUrl, 500) } : {}),
  };
}

function messageId(id: string, domain: string): string {
  return `<${id.replace(/[^A-Za-z0-9-]/g, '-')}@${domain}>`;
}

/** Throws if `from` holds no address: no mail could be sent. */
export function senderAddress(from: string): string {
  const [first] = addressparser(from);
  const address = first?.address ?? '';
  if (!/^[^\s@<>]+@[^\s@<>]+$/.test(address)) {
    throw new TypeError(`mail.from: expected a mail address, found ${JSON.stringify(from)}`);
  }
  return address;
}

function senderDomain(from: string): string {
  const domain = senderAddress(from).split('@').at(-1) ?? '';
  return /^[A-Za-z0-9.-]+$/.test(domain) ? domain : 'pinwatch.invalid';
}
