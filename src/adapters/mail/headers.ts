/** A mail's headers besides From, To, Subject and MIME. */
import addressparser from 'nodemailer/lib/addressparser';
import { fnv1a } from '../../core/hash.ts';
import { visible } from '../../core/hostile-text.ts';
import type { Notice } from '../../core/notice.ts';
import type { Letter } from '../../flow/mailer.ts';
import type { Installation } from './installation.ts';
import { overall } from './summary.ts';

/**
 * The most thread roots in one mail. Clients show a mail in the thread of any of them, so a few in common are enough; mail
 * servers limit the size of all headers.
 */
const mostReferences = 40;

/** Contains nothing that a server sent: only ids, the account's name, the configured URL and closed sets. */
export function headersOf(
  letter: Letter,
  sorted: readonly Notice[],
  { from, publicUrl }: Installation,
): Record<string, string> {
  const domain = senderDomain(from);
  const roots = threadRoots(letter.transitions).map((incident) => messageId(`incident-${incident}`, domain));
  return {
    'Message-ID': messageId(letter.id, domain),
    Date: new Date(letter.sentAt).toUTCString().replace('GMT', '+0000'),
    // RFC 5322, section 3.6.4: the last one is the parent.
    ...(roots.length > 0 ? { 'In-Reply-To': roots.at(-1) ?? '', References: roots.join(' ') } : {}),
    'List-Id': listId(letter.account, domain),
    // RFC 3834, section 5: no out-of-office answers to a machine. Exchange goes by the second header.
    'Auto-Submitted': 'auto-generated',
    'X-Auto-Response-Suppress': 'All',
    'X-Pinwatch-Account': visible(letter.account, 100),
    'X-Pinwatch-Severity': overall(sorted),
    ...(publicUrl ? { 'X-Pinwatch-Url': visible(publicUrl, 500) } : {}),
  };
}

/**
 * The incidents that a mail belongs to, as the ids of messages that never existed: all mails of an incident refer to
 * the same one, so clients show them as one thread. If there are too many, the lowest hashes are kept: a later mail about
 * some of five hundred incidents then still has roots in common with the first. The order is the same in every mail,
 * because clients take each root for the child of the one before it.
 */
function threadRoots(notices: readonly Notice[]): string[] {
  const incidents = [...new Set(notices.map(({ incident }) => incident))];
  const rank = new Map(incidents.map((incident) => [incident, fnv1a(incident)]));
  const order = (a: string, b: string) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0) || (a < b ? -1 : 1);
  return incidents.sort(order).slice(0, mostReferences);
}

/** RFC 2919, section 2: one list for each account, under a domain of the sender. No label in it is empty. */
function listId(account: string, domain: string): string {
  const label = account.replace(/[^A-Za-z0-9._-]|\.(?=\.|$)/g, '-').slice(0, 63);
  return `<${label}.pinwatch.${domain}>`;
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
