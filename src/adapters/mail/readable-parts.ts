/** Text and HTML of a letter: the same words, and as many stories as fit both. */
import { storyKey } from '../../core/alike-endpoints.ts';
import { type Group, grouped } from '../../core/grouped.ts';
import { visible } from '../../core/hostile-text.ts';
import { type AccountNotice, isOfConfig } from '../../core/notice.ts';
import type { Letter } from '../../flow/mailer.ts';
import {
  accountFirst,
  accountLine,
  accountSentence,
  accountStory,
  accountTone,
  accountTopic,
} from './account-words.ts';
import { commandsIn } from './commands-given.ts';
import { rankOf } from './config-words.ts';
import type { Block } from './document.ts';
import type { Detail } from './endpoints.ts';
import { firstStep } from './first-step.ts';
import { isOpen, label, tone } from './headline.ts';
import { htmlPage, printHtml } from './html.ts';
import type { Installation } from './installation.ts';
import type { Told } from './one-state.ts';
import { story } from './story.ts';
import { overview, summaryBlocks } from './summary.ts';
import { printText } from './text.ts';

/** Stories in one letter; every incident is in the summary, and in the JSON part. */
const storyLimit = 20;
/** Bytes of the HTML part as it goes over the wire: Gmail cuts a message off at 102 KB. */
const htmlLimit = 100_000;
/** How much a story shows, the most first, less if that does not fit: a hostile server's names can be long. */
const details: readonly Detail[] = [
  { groups: 6, certificates: 6 },
  { groups: 3, certificates: 4 },
  { groups: 2, certificates: 2 },
  { groups: 1, certificates: 1 },
];

export function readableParts(
  letter: Letter,
  sorted: readonly Told[],
  configs: readonly AccountNotice[],
  title: string,
  installation: Installation,
): { text: string; html: string } {
  const { account, sentAt: now } = letter;
  const chains = byChain(sorted);
  const isAlone = sorted.length + configs.length === 1;
  const head = isAlone ? intro(letter) : letterHead(letter, sorted, configs);
  const ofConfigs = configs.flatMap((notice) => [
    ...(isAlone ? [] : [rule]),
    ...accountStory(notice, account, now, installation),
  ]);
  const leads = rankOf(configs[0]) < rankOf(sorted[0]);
  const parts = leads ? [head, ofConfigs] : [head];
  const preheader = preheaderOf(sorted, configs, now);
  const given: string[] = [];
  const fixed = [...head, ...ofConfigs, ...longestFoot];
  const room = () => htmlLimit - wireSize(htmlPage(title, preheader, printHtml(fixed)));
  let left = room();
  let told = 0;
  for (const [first, ...others] of chains.slice(0, storyLimit)) {
    const alike = others.map(({ domain }) => domain);
    const scene = { account, now, installation, alike, given };
    const tries = details.map((detail) => () => [
      ...(isAlone ? [] : [rule]),
      ...story(first, { ...scene, detail }),
    ]);
    const blocks = firstThat(tries, (candidate) => wireSize(printHtml(candidate)) < left, told === 0);
    if (blocks === null) break;
    parts.push(blocks);
    given.push(...blocks.flatMap((block) => (block.kind === 'steps' ? commandsIn(block.items) : [])));
    left -= wireSize(printHtml(blocks));
    told += 1 + others.length;
  }
  if (!leads) parts.push(ofConfigs);
  parts.push(letterFoot(account, sorted.length - told, installation));
  return {
    text: parts.map(printText).join(''),
    html: htmlPage(title, preheader, parts.map(printHtml).join('\n')),
  };
}

/** Mail programs show about this many characters after the subject. */
const preheaderLimit = 140;

/** What to do first about the gravest incident: what it is, the subject says. */
function preheaderOf(sorted: readonly Told[], configs: readonly AccountNotice[], now: number): string {
  return visible(firstOf(sorted, configs, now), preheaderLimit);
}

function firstOf(sorted: readonly Told[], configs: readonly AccountNotice[], now: number): string {
  const [first] = sorted;
  const [config] = configs;
  const leads = first === undefined || rankOf(config) < rankOf(first);
  if (config !== undefined && leads) return `Do first: ${isOpen(config) ? accountFirst(config) : 'nothing.'}`;
  return first === undefined ? '' : firstStep(first, now);
}

/** The first of these that fits. If none does, the last one if `needed`. */
function firstThat(
  tries: readonly (() => Block[])[],
  fits: (blocks: Block[]) => boolean,
  needed: boolean,
): Block[] | null {
  for (const [index, make] of tries.entries()) {
    const blocks = make();
    if (fits(blocks) || (needed && index === tries.length - 1)) return blocks;
    // A shortened later story would push out the next one. It is in the summary anyway.
    if (!needed) return null;
  }
  return null;
}

/** One story for each distinct chain: a chain that many domains present is described once. */
function byChain(sorted: readonly Told[]): Group<Told>[] {
  const keyOf = (told: Told) => {
    const { kind, transition, recovery, check } = told;
    const chains = [...new Set(check.endpoints.map(storyKey))].sort();
    return JSON.stringify([kind, isOpen(told) ? transition : 'closed', recovery?.cause, chains]);
  };
  return grouped(sorted, keyOf);
}

function intro({ isIntroduction, account }: Letter): Block[] {
  if (!isIntroduction) return [];
  const text = `You are now a contact of account ${account}. This is open, and the other contacts were notified earlier.`;
  return [{ kind: 'paragraph', text }];
}

function letterHead(letter: Letter, sorted: readonly Told[], configs: readonly AccountNotice[]): Block[] {
  const { account, sentAt: now } = letter;
  const [first] = sorted;
  const [config] = configs;
  const topics = grouped(configs, accountTopic);
  const ofConfigs = topics.flatMap((notices): Block[] => [
    { kind: 'heading', text: `${accountTopic(notices[0])} (${notices.length})` },
    { kind: 'bullets', items: notices.map((notice) => accountLine(notice, account, now)) },
  ]);
  const ofDomains = sorted.length === 0 ? [] : summaryBlocks(sorted, now, letter.domains);
  if (config !== undefined && rankOf(config) < rankOf(first)) {
    const sentence = accountSentence(config, account, now);
    return [
      { kind: 'title', tone: accountTone(config), label: label(config), text: sentence },
      ...(isOpen(config)
        ? [doFirst(accountFirst(config), isOfConfig(config) ? ' (signed configuration)' : '')]
        : []),
      ...intro(letter),
      ...ofConfigs,
      ...ofDomains,
    ];
  }
  if (!first) return [];
  const name = new Set(sorted.map(({ domain }) => domain)).size > 1 ? ` (${first.domain})` : '';
  return [
    { kind: 'title', tone: tone(first), label: label(first), text: overview(sorted, now) },
    doFirst(firstStep(first, now).replace('Do first: ', ''), name),
    ...intro(letter),
    ...ofDomains,
    ...ofConfigs,
  ];
}

function doFirst(step: string, of: string): Block {
  return { kind: 'paragraph', text: `Do first${of}: ${step}` };
}

function letterFoot(account: string, untold: number, { publicUrl }: Installation): Block[] {
  const blocks: Block[] = [rule];
  if (untold > 0) {
    const text = `${untold} more: one line each in the summary above, all facts in pinwatch.json.`;
    blocks.push({ kind: 'paragraph', text });
  }
  const from = publicUrl ? ` It was sent by pinwatch at ${publicUrl}.` : '';
  const text = `The attached pinwatch.json holds the same for machines. This mail goes to the contacts of account ${account}.${from}`;
  return [...blocks, { kind: 'paragraph', text }];
}

const rule: Block = { kind: 'rule' };
const longestFoot = letterFoot('x'.repeat(100), 1_000_000, { from: '', publicUrl: 'x'.repeat(500) });

/** Bytes in quoted-printable (RFC 2045, section 6.7), soft line breaks included. */
function wireSize(text: string): number {
  const bytes = Buffer.from(text);
  let size = 0;
  for (const byte of bytes) size += byte === 0x0a || (byte >= 0x20 && byte < 0x7f && byte !== 0x3d) ? 1 : 3;
  return Math.ceil((size * 76) / 73);
}
