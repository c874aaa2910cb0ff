/** The incident `blind` in full, in the order of the contract. */
import type { BlindCause, BlindTransition } from '../../core/blind-incident.ts';
import { rfc3339 } from '../../core/clock.ts';
import { plural } from '../../core/plural.ts';
import { blindEnded, blindFirst, blindForWhom, blindSentence, blindTone } from './blind-words.ts';
import type { Block, Fact, Step } from './document.ts';
import { isOpen, label } from './headline.ts';
import type { Installation } from './installation.ts';
import { readable, span } from './time.ts';

export function blindStory(
  notice: BlindTransition,
  account: string,
  now: number,
  installation: Installation,
): Block[] {
  const isNow = isOpen(notice);
  return [
    { kind: 'title', tone: blindTone(notice), label: label(notice), text: firstLine(notice, account, now) },
    paragraph(`Do first: ${isNow ? blindFirst(notice) : 'nothing.'}`),
    paragraph(isNow ? blindForWhom(notice) : blindEnded(notice)),
    { kind: 'facts', rows: facts(notice, account, now) },
    ...examples(notice),
    { kind: 'heading', text: 'What to do' },
    ...(isNow
      ? [{ kind: 'steps' as const, items: advice(notice) }]
      : [paragraph('Nothing. There will be no further mail about this incident.')]),
    { kind: 'heading', text: 'How to look further' },
    { kind: 'steps', items: further(installation, notice.blind) },
  ];
}

function firstLine(notice: BlindTransition, account: string, now: number): string {
  const sentence = blindSentence(notice, account);
  if (notice.transition !== 'reminder') return sentence;
  return `${sentence} (reminder: open for ${span(now - Date.parse(notice.since))})`;
}

const heads: Readonly<Record<BlindCause, string>> = {
  nothing_seen: 'last seen',
  no_probes: 'last probe',
  region_away: 'last heard from',
  region_sees_nothing: 'noticed',
};

function facts(notice: BlindTransition, account: string, now: number): Fact[] {
  const { since, at, incident, blind } = notice;
  const age = (time: string) => `${readable(time)} (${span(now - Date.parse(time))} before this report)`;
  const seen = `${blind.seen} of ${plural(blind.domains, 'domain')}`;
  return [
    [heads[blind.cause], age(since)],
    ...(isOpen(notice) ? [['noticed', age(at)] as const] : [['ended', age(at)] as const]),
    ['reported', readable(rfc3339(now))],
    ['account', account],
    ...(blind.region === undefined ? [['seen now', seen] as const] : [['region', blind.region] as const]),
    ...(blind.failures.length === 0
      ? []
      : [
          [
            'failures',
            blind.failures
              .map(({ code, domains }) => `${code} on ${domains} of ${blind.examples.length} of those below`)
              .join(', '),
          ] as const,
        ]),
    ['incident', incident],
  ];
}

function examples({ transition, blind: { examples, lost } }: BlindTransition): Block[] {
  // At the end, most of them are only yet to be probed.
  if (examples.length === 0 || transition === 'closed') return [];
  const hidden = lost - examples.length;
  const more = hidden > 0 ? [`and ${hidden} more`] : [];
  return [
    { kind: 'heading', text: `Out of sight (${lost})` },
    { kind: 'bullets', items: [...examples, ...more] },
  ];
}

function advice({ blind: { cause, examples, region } }: BlindTransition): Step[] {
  if (cause === 'region_away') {
    return [
      {
        text: `See whether a worker runs in ${region}, and what it says of itself there:`,
        code: ['pinwatch health'],
      },
      { text: `Start one there, with "region: ${region}" in its configuration, if none runs.` },
      {
        text: 'If the region was closed down or renamed, nothing has to be done: it is forgotten after a day.',
      },
    ];
  }
  if (cause === 'region_sees_nothing') {
    return [
      {
        text: `Check one of the domains on a machine in ${region}: the failure code says which step fails.`,
        code: ['pinwatch check api.example.com'],
      },
      { text: `Repair the network, the name servers or the proxy of the workers in ${region}.` },
    ];
  }
  if (cause === 'no_probes') {
    return [
      { text: 'See what pinwatch says of itself:', code: ['pinwatch health'] },
      { text: 'Start a worker if none runs; resume the queues if they are paused.' },
    ];
  }
  const [first = 'api.example.com'] = examples;
  return [
    { text: 'On the machine of a worker, see what it can reach:', code: [`pinwatch check ${first}`] },
    { text: 'From another network, see whether apps can connect:', code: [`pinwatch check ${first}`] },
  ];
}

function further({ runbookUrl }: Installation, { cause, region }: BlindTransition['blind']): Step[] {
  const metric = cause === 'region_away' ? 'region_up' : 'region_probe_success';
  return [
    { text: 'What is wrong now, and the health of the watch:', code: ['pinwatch status'] },
    {
      text: 'In Prometheus:',
      code: [region ? `pinwatch_${metric}{region="${region}"}` : 'pinwatch_incidents_open{kind="blind"}'],
    },
    runbookUrl
      ? { text: 'Background:', code: [`${runbookUrl}#blind`] }
      : { text: 'Background: docs/runbook.md, under blind.' },
  ];
}

function paragraph(text: string): Block {
  return { kind: 'paragraph', text };
}
