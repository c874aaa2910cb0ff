/** Words for notices that are about an account and no domain of it, whatever their kind. */
import type { ConfigTransition } from '../../core/config-incident.ts';
import { visible } from '../../core/hostile-text.ts';
import { type AccountNotice, isDigest, isOfConfig, isOfWatch, type Notice } from '../../core/notice.ts';
import { plural } from '../../core/plural.ts';
import { blindStory } from './blind-story.ts';
import { blindEffect, blindFirst, blindSentence, blindTone, blindTopic } from './blind-words.ts';
import { configFirst } from './config-advice.ts';
import { configStory } from './config-story.ts';
import {
  configLine,
  configSentence,
  configStandings,
  configSubject,
  configTone,
  rankOf,
} from './config-words.ts';
import { digestEffect, digestFirst, digestSentence, digestStory } from './digest-words.ts';
import type { Block, Tone } from './document.ts';
import { isOpen, label, lasted } from './headline.ts';
import type { Installation } from './installation.ts';
import { readable } from './time.ts';

/** The final state of each kind, the most severe first, the resolved last. */
export function accountStandings(notices: readonly AccountNotice[]): AccountNotice[] {
  const ofWatch = notices.filter(isOfWatch);
  const blind = new Map(ofWatch.map((notice) => [notice.blind.region, notice])).values();
  const digest = notices.filter(isDigest).slice(-1);
  return [...blind, ...configStandings(notices.filter(isOfConfig)), ...digest].sort(
    (a, b) => rankOf(a) - rankOf(b),
  );
}

/** What the notice is about, as a heading. */
export function accountTopic(notice: AccountNotice): string {
  if (isDigest(notice)) return 'Digest';
  return isOfConfig(notice) ? 'Signed configuration' : 'pinwatch itself';
}

export function accountSentence(notice: AccountNotice, account: string, now: number): string {
  if (isDigest(notice)) return digestSentence(notice, account);
  return isOfConfig(notice) ? configSentence(notice, account, now) : blindSentence(notice, account);
}

export function accountTone(notice: AccountNotice): Tone {
  if (isDigest(notice)) return 'info';
  return isOfConfig(notice) ? configTone(notice) : blindTone(notice);
}

/** What the person on call does first, on one line. */
export function accountFirst(notice: AccountNotice): string {
  if (isDigest(notice)) return digestFirst;
  return isOfConfig(notice) ? configFirst(notice) : blindFirst(notice);
}

/** One line in a letter about several incidents. */
export function accountLine(notice: AccountNotice, account: string, now: number): string {
  if (isOfConfig(notice)) return configLine(notice, account, now);
  if (isDigest(notice)) return digestEffect(notice);
  const sentence = blindSentence(notice, account);
  if (!isOpen(notice)) return `${sentence}, after ${lasted(notice)}`;
  const again = notice.transition === 'opened' ? '' : ` (${notice.transition})`;
  return `${sentence}, since ${readable(notice.since).replace(/:\d\d UTC$/, ' UTC')}${again}`;
}

export function accountStory(
  notice: AccountNotice,
  account: string,
  now: number,
  installation: Installation,
): Block[] {
  if (isDigest(notice)) return digestStory(notice, account, now, installation);
  return isOfConfig(notice)
    ? configStory(notice, account, now, installation)
    : blindStory(notice, account, now, installation);
}

const subjectLimit = 150;

/** The subject of a letter that such a notice leads. Up to the hyphen it is the same in all mails of an incident. */
export function accountSubject(
  account: string,
  [first, ...others]: readonly AccountNotice[],
  besides: readonly Notice[],
  now: number,
): string {
  if (first === undefined) return '';
  const rest = [...others, ...besides];
  if (isOfConfig(first)) return configSubject(account, first, rest, now);
  const open = rest.filter(isOpen).length;
  const more = [
    ...(open > 0 ? [`; ${plural(open, 'other incident')}`] : []),
    ...(rest.length > open ? [`; ${rest.length - open} resolved`] : []),
  ].join('');
  const { topic, state } = subjectParts(first);
  const text = `${topic} - ${label(first)}${state}${more}`;
  return visible(`${text} [${visible(account, 40)}]`, subjectLimit);
}

function subjectParts(first: Exclude<AccountNotice, ConfigTransition>): { topic: string; state: string } {
  if (isDigest(first)) return { topic: 'digest', state: `: ${digestEffect(first)}` };
  const still = first.transition === 'reminder' ? ' still' : '';
  const what = isOpen(first) ? blindEffect(first) : `sees again after ${lasted(first)}`;
  return { topic: blindTopic(first), state: `${still}: ${what}` };
}
