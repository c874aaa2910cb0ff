/** One domain: what is wrong, what to do about it, what was presented against what is pinned, and its history. */
import { z } from 'zod';
import { may } from '../../../core/access.ts';
import { checkMeaning } from '../../../core/check-meaning.ts';
import { rfc3339 } from '../../../core/clock.ts';
import type { Domain } from '../../../core/domain.ts';
import type { Finding } from '../../../core/finding.ts';
import { type Html, html } from '../../../core/html.ts';
import { isMuted } from '../../../core/mute.ts';
import type { DomainRecord } from '../../../core/record.ts';
import { unknownDomain } from '../../../flow/admin/outcome.ts';
import type { Asked, Viewed } from './asked.ts';
import { endpointCards } from './endpoints.ts';
import { historyTable } from './history.ts';
import { incidentCard } from './incident-card.ts';
import {
  breakable,
  facts,
  moment,
  mutedBadge,
  plainTime,
  sectionOf,
  severityBadge,
  verdictBadge,
} from './parts.ts';
import { pinTables } from './pins.ts';
import { progressOf, reloadSeconds, ticketIds } from './progress.ts';

/** Transitions shown. */
const shownHistory = 50;

export const domainQuery = z.object({ probes: ticketIds });

/** How long a domain may be muted from the page; the API takes any time. */
export const muteSpans = ['1h', '4h', '1d', '7d'] as const;
const muteWords = { '1h': '1 hour', '4h': '4 hours', '1d': '1 day', '7d': '7 days' } as const;

interface Params {
  readonly account: string;
  readonly domain: string;
}

export async function domainView(asked: Asked<Params, z.output<typeof domainQuery>>): Viewed {
  const { params: ref, query, principal, links, ports, runbookUrl, now } = asked;
  const { account, domain: name } = ref;
  const stored = await ports.adminStore.domain(ref);
  if (stored === null) return unknownDomain(name);
  const [record, history, progress] = await Promise.all([
    ports.adminStore.record(ref),
    ports.adminStore.history(ref, shownHistory),
    progressOf(account, query.probes, ports),
  ]);
  const { value: domain } = stored;
  const check = record?.lastCheck ?? null;
  const mayEdit = may(principal, 'edit_account', account);
  const incidents = Object.values(record?.incidents ?? {});
  return {
    title: `${name} · ${account}`,
    trail: [[account, links.account(account)]],
    refresh: 30,
    ...reloadSeconds(progress),
    content: html`
<h1><span>${breakable(name)}</span> ${verdictBadge(check?.verdict ?? null)}${mutedBadge(domain.mutedUntil ?? 0, now)}</h1>
<p class="lead">${check === null ? 'It was not probed yet.' : sentence(checkMeaning(check))}</p>
${progress && !progress.isOver && progress.shown(links.events(account, progress.ids))}
${progress?.isOver && progress.shown('')}
${check !== null && check.findings.length > 0 && findingList(check.findings, runbookUrl)}
${
  incidents.length > 0 &&
  sectionOf(
    'incidents',
    'Open incidents',
    incidents.map((incident) =>
      incidentCard(incident, { now, mayEdit, acknowledge: links.acknowledge(account, incident.id) }),
    ),
  )
}
${mayEdit && actions(ref, domain, asked)}
${sectionOf('state', 'The last probe', stateFacts(domain, record, now))}
${check !== null && sectionOf('endpoints', 'Presented', endpointCards(check, now))}
${sectionOf('pins', 'Pinned', pinTables(domain, check, now))}
${sectionOf('history', 'History', historyTable(history, now))}`,
  };
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function findingList(findings: readonly Finding[], runbookUrl: string | null): Html {
  const items = findings.map(({ code, severity, message }) => {
    const name =
      runbookUrl === null
        ? html`<code>${code}</code>`
        : html`<a href="${runbookUrl}#${code}"><code>${code}</code></a>`;
    return html`<li><span>${severityBadge(severity)}</span><div><p>${message}</p><p class="soft">${name}</p></div></li>`;
  });
  return html`<ul class="findings" aria-label="Findings">${items}</ul>`;
}

function actions({ account, domain: name }: Params, domain: Domain, { links, now }: Asked): Html {
  const spans = muteSpans.map((span) => html`<option value="${span}">${muteWords[span]}</option>`);
  const mute = isMuted(domain, now)
    ? html`<form method="post" class="row" action="${links.act(account, name, 'unmute')}"><p>Muted until ${plainTime(rfc3339(domain.mutedUntil ?? 0))}.</p><button>Unmute</button></form>`
    : html`<form method="post" class="row" action="${links.act(account, name, 'mute')}"><div><label for="for">Send no notices for</label><select id="for" name="for">${spans}</select></div><button>Mute</button></form>`;
  return html`<div class="row actions"><form method="post" action="${links.act(account, name, 'probe')}"><button class="first" id="probe">Probe now</button></form>${mute}</div>`;
}

function stateFacts(domain: Domain, record: DomainRecord | null, now: number): Html {
  return facts([
    ['Probed', moment(record?.lastProbeAt ?? 0, now)],
    ['Last conclusive', moment(record?.lastConclusiveAt ?? 0, now)],
    ['First certificate expires', moment(record?.earliestNotAfter ?? 0, now, 'unknown')],
    ...(domain.provisionedBy === undefined
      ? []
      : [['Comes from the file', domain.provisionedBy] as [string, string]]),
  ]);
}
