/** One incident of a signed configuration in full, in the order of the contract. */

import { rfc3339 } from '../../core/clock.ts';
import type { ConfigReport, ConfigTransition, ReportedUrl } from '../../core/config-incident.ts';
import { notTwice } from './commands-given.ts';
import { configAdvice, configFirst, configForWhom, configFurther } from './config-advice.ts';
import { configEffect, configSentence, configTone } from './config-words.ts';
import type { Block, Fact } from './document.ts';
import { isOpen, label, lasted } from './headline.ts';
import type { Installation } from './installation.ts';
import { distance, readable, span } from './time.ts';

/** A mail is no place for more of them. */
const shownUrls = 10;

export function configStory(
  notice: ConfigTransition,
  account: string,
  now: number,
  installation: Installation,
): Block[] {
  const { config } = notice;
  const todo = isOpen(notice) ? configAdvice(account, notice) : [];
  const further = configFurther(account, notice, installation);
  return [
    { kind: 'title', tone: configTone(notice), label: label(notice), text: firstLine(notice, account, now) },
    paragraph(`Do first: ${isOpen(notice) ? configFirst(notice) : 'nothing.'}`),
    paragraph(isOpen(notice) ? configForWhom(notice) : ended(notice, now)),
    { kind: 'facts', rows: facts(notice, account, now) },
    { kind: 'heading', text: 'What apps should get' },
    { kind: 'facts', rows: publishedFacts(config, now) },
    ...urlBlocks(config),
    { kind: 'heading', text: 'What to do' },
    ...(todo.length > 0
      ? [{ kind: 'steps' as const, items: todo }]
      : [paragraph('Nothing. There will be no further mail about this incident.')]),
    { kind: 'heading', text: 'How to look further' },
    { kind: 'steps', items: notTwice([...todo, ...further], []).slice(todo.length) },
  ];
}

function firstLine(notice: ConfigTransition, account: string, now: number): string {
  const sentence = configSentence(notice, account, now);
  if (notice.transition === 'changed') return `${sentence} (the facts have changed)`;
  if (notice.transition !== 'reminder') return sentence;
  return `${sentence} (reminder: open for ${span(now - Date.parse(notice.since))})`;
}

function ended(notice: ConfigTransition, now: number): string {
  const { since, at, unwatched } = notice;
  const was = `It was: ${configEffect(notice, Math.min(now, Date.parse(at)))}.`;
  const times = `It lasted ${lasted(notice)}, from ${readable(since)} to ${readable(at)}.`;
  const unknown = 'It closed because the settings were changed: what that URL serves is no longer known.';
  // Once it is renewed, its dates are others.
  const isDated = ['config_expiring', 'signing_key_old', 'devices_unpinned'].includes(notice.kind);
  const what = isDated ? [] : [was];
  return [...what, times, ...(unwatched ? [unknown] : [])].join(' ');
}

function facts(notice: ConfigTransition, account: string, now: number): Fact[] {
  const { since, at, incident } = notice;
  const age = (time: string) => span(now - Date.parse(time));
  return [
    ['since', `${readable(since)} (${age(since)} before this report)`],
    ...(isOpen(notice) ? [] : [['ended', `${readable(at)} (${age(at)} before this report)`] as const]),
    ['reported', readable(rfc3339(now))],
    ['account', account],
    ['incident', incident],
  ];
}

function publishedFacts(
  { channel, published, certifiedAt, renewalFailure }: ConfigReport,
  now: number,
): Fact[] {
  const { version, generation, issuedAt, expiresAt, signedElsewhere } = published;
  return [
    ['version', `${version} of generation ${generation}${signedElsewhere ? ', signed elsewhere' : ''}`],
    ['signed', readable(issuedAt)],
    ['expires', `${readable(expiresAt)} (${distance(expiresAt, now)})`],
    ...(renewalFailure === null ? [] : [['not renewed', renewalFailure] as const]),
    ['key certified', readable(certifiedAt)],
    ['channel', channel],
  ];
}

function urlBlocks({ urls }: ConfigReport): Block[] {
  if (urls.length === 0) return [];
  const sorted = [...urls].sort((a, b) => Number(a.problem === null) - Number(b.problem === null));
  const hidden = urls.length - shownUrls;
  return [
    { kind: 'heading', text: 'What is served' },
    ...sorted.slice(0, shownUrls).map(urlCard),
    ...(hidden > 0 ? [paragraph(`And ${hidden} more: see pinwatch.json.`)] : []),
  ];
}

function urlCard({ url, problem, detail, found }: ReportedUrl): Block {
  const shown =
    found && `version ${found.version} of generation ${found.generation}, signed ${readable(found.issuedAt)}`;
  const rows: Fact[] = [
    ['serves', shown ?? (problem === null ? 'what was published' : 'no configuration of this channel')],
    ...(detail === '' ? [] : [['problem', detail] as const]),
  ];
  const mark = problem ?? 'as published';
  return { kind: 'card', title: url, mark, tone: problem === null ? 'good' : 'critical', rows };
}

function paragraph(text: string): Block {
  return { kind: 'paragraph', text };
}
