import addressparser from 'nodemailer/lib/addressparser';
import type { Transition } from '../../core/incident.ts';
import type { Letter } from '../../flow/mailer.ts';
import type { Block } from './document.ts';
import { label, tone } from './headline.ts';
import { visible } from './hostile-text.ts';
import { htmlPage, printHtml } from './html.ts';
import { jsonLimit, machinePart } from './machine-part.ts';
import { story } from './story.ts';
import { latestOfEach, overall, overview, subject, summaryBlocks } from './summary.ts';
import { printText } from './text.ts';

export interface RenderedLetter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly json: string;
  /** Besides From, To, Subject and MIME: safe to set as they are. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What each mail says of the installation that it comes from. */
export interface Installation {
  /** The sender: `pinwatch@example.com` or `pinwatch <pinwatch@example.com>`. */
  readonly from: string;
  /** Where people reach it, without a slash at its end. */
  readonly publicUrl?: string | null;
  /** Where the runbook is, whose headings are the codes. */
  readonly runbookUrl?: string | null;
}

export interface RenderOptions extends Installation {
  /** Bytes of the JSON part. */
  readonly jsonLimit?: number;
}

/** Incidents told in full; all are in the summary, and in the JSON part. */
const storyLimit = 20;
/** Characters of each of the two readable parts, beyond the first story. */
const partLimit = 200_000;

/** A letter's content, a function of its arguments alone. Throws on a letter that tells nothing. */
export function renderLetter(letter: Letter, options: RenderOptions): RenderedLetter {
  const { account, transitions } = letter;
  const now = letter.sentAt;
  const sorted = latestOfEach(transitions);
  if (sorted.length === 0) throw new RangeError(`letter ${letter.id}: expected at least one transition`);
  const title = subject(account, sorted, now);
  return {
    subject: title,
    ...readableParts(account, sorted, title, now),
    json: machinePart(account, transitions, options.jsonLimit ?? jsonLimit),
    headers: headersOf(letter, sorted, options.from),
  };
}

/** Text and HTML hold the same stories: as many as fit both. */
function readableParts(
  account: string,
  sorted: readonly Transition[],
  title: string,
  now: number,
): { text: string; html: string } {
  const head = sorted.length === 1 ? [] : letterHead(sorted, now);
  const texts = [printText(head)];
  const htmls = [printHtml(head)];
  let told = 0;
  let size = (htmls[0] ?? '').length;
  for (const transition of sorted.slice(0, storyLimit)) {
    const blocks = [...(sorted.length > 1 ? [rule] : []), ...story(account, transition, now)];
    const [text, html] = [printText(blocks), printHtml(blocks)];
    // The HTML is always the longer one.
    if (told > 0 && size + html.length > partLimit) break;
    texts.push(text);
    htmls.push(html);
    size += html.length;
    told += 1;
  }
  const foot = letterFoot(account, sorted.length - told);
  return {
    text: [...texts, printText(foot)].join(''),
    html: htmlPage(title, [...htmls, printHtml(foot)].join('\n')),
  };
}

function letterHead(sorted: readonly Transition[], now: number): Block[] {
  const [first] = sorted;
  if (!first) return [];
  return [
    { kind: 'title', tone: tone(first), label: label(first), text: overview(sorted, now) },
    ...summaryBlocks(sorted, now),
  ];
}

function letterFoot(account: string, untold: number): Block[] {
  const blocks: Block[] = [rule];
  if (untold > 0) {
    const text = `${untold} more: one line each in the summary above, all facts in pinwatch.json.`;
    blocks.push({ kind: 'paragraph', text });
  }
  const text = `pinwatch.json, attached, holds the same for machines. This mail goes to the contacts of account ${account}.`;
  return [...blocks, { kind: 'paragraph', text }];
}

const rule: Block = { kind: 'rule' };

/** Nothing that a server sent is in here: ids, the account's name and closed sets only. */
function headersOf(letter: Letter, sorted: readonly Transition[], from: string): Record<string, string> {
  const domain = senderDomain(from);
  const [only, second] = sorted;
  const thread = only && !second ? messageId(`incident-${only.incident}`, domain) : undefined;
  return {
    'Message-ID': messageId(letter.id, domain),
    Date: new Date(letter.sentAt).toUTCString().replace('GMT', '+0000'),
    // No such message exists: an incident's mails all refer to it, so that clients show them as one thread.
    ...(thread ? { 'In-Reply-To': thread, References: thread } : {}),
    // RFC 3834, section 5: no out-of-office answers to a machine. The second is what Exchange goes by.
    'Auto-Submitted': 'auto-generated',
    'X-Auto-Response-Suppress': 'All',
    'X-Pinwatch-Account': visible(letter.account, 100),
    'X-Pinwatch-Severity': overall(sorted),
  };
}

function messageId(id: string, domain: string): string {
  return `<${id.replace(/[^A-Za-z0-9-]/g, '-')}@${domain}>`;
}

/** Throws where `from` holds no address: nobody could be told anything. */
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
