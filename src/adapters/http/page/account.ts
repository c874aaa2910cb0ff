/** One account: what is wrong with its domains, its signed configuration, and all its domains. */
import { z } from 'zod';
import { may } from '../../../core/access.ts';
import { verdicts } from '../../../core/check.ts';
import { type Html, html } from '../../../core/html.ts';
import { plural } from '../../../core/plural.ts';
import type { ListedDomain } from '../../../flow/admin/admin-store.ts';
import { openConfigIncidents } from '../../../flow/admin/incidents.ts';
import { unknownAccount } from '../../../flow/admin/outcome.ts';
import { watchStatus } from '../../../flow/admin/watch-status.ts';
import type { Asked, Viewed } from './asked.ts';
import { incidentCard } from './incident-card.ts';
import type { Links } from './links.ts';
import { headlineOf } from './overview.ts';
import { breakable, moment, mutedBadge, pager, sectionOf, table, verdictBadge, worded } from './parts.ts';
import { problemTable } from './problems.ts';
import { progressOf, reloadSeconds, ticketIds } from './progress.ts';

/** Domains on one page, and those that one button probes. */
export const pageSize = 50;

const mostProblems = 50;

export const accountQuery = z.object({
  /** The last name of the page before. */
  after: z.string().max(300).optional().catch(undefined),
  verdict: z.enum(verdicts).optional().catch(undefined),
  probes: ticketIds,
});

type Params = { readonly account: string };
type Query = z.output<typeof accountQuery>;

export async function accountView(asked: Asked<Params, Query>): Viewed {
  const { params, query, principal, links, ports, now } = asked;
  const { account } = params;
  if ((await ports.adminStore.account(account)) === null) return unknownAccount(account);
  const { after = null, verdict = null } = query;
  const [status, configs, page, progress] = await Promise.all([
    watchStatus(account, ports),
    openConfigIncidents(account, ports),
    ports.adminStore.domainPage(account, { after, limit: pageSize, verdict }),
    progressOf(account, query.probes, ports),
  ]);
  const shown = status.troubled.slice(0, mostProblems);
  const hidden = status.troubled.length + status.more - shown.length;
  const mayEdit = may(principal, 'edit_account', account);
  const filter = verdict === null ? '' : `&verdict=${verdict}`;
  const next =
    page.next === null ? null : `${links.account(account)}?after=${encodeURIComponent(page.next)}${filter}`;
  return {
    title: account,
    trail: [],
    refresh: 30,
    ...reloadSeconds(progress),
    content: html`
<h1>${account}</h1>
<p class="lead">${headlineOf(status)}.</p>
${progress?.shown(links.events(account, progress.ids))}
${shown.length > 0 && problemTable(shown, { links, now, ofSeveral: false })}
${hidden > 0 && html`<p class="soft">${hidden} more.</p>`}
${
  configs.incidents.length > 0 &&
  sectionOf(
    'configuration',
    'Signed configuration',
    configs.incidents.map((incident) =>
      incidentCard(incident, { now, mayEdit, acknowledge: links.acknowledge(account, incident.id) }),
    ),
  )
}
${sectionOf('domains', `Domains (${status.domains})`, [
  filterForm(verdict),
  page.domains.length === 0
    ? html`<p class="soft">No domain here.</p>`
    : domainTable(account, page.domains, links, now),
  pager('domains', after === null ? null : links.account(account), next),
  mayEdit && page.domains.length > 0 && probeForm(account, page.domains, links),
])}`,
  };
}

function filterForm(chosen: string | null): Html {
  const options = verdicts.map(
    (verdict) => html`<option${verdict === chosen && html` selected`}>${verdict}</option>`,
  );
  return html`<form method="get" class="row"><div><label for="verdict">Verdict</label><select id="verdict" name="verdict"><option value="">all</option>${options}</select></div><button>Show</button></form>`;
}

function probeForm(account: string, domains: readonly ListedDomain[], links: Links): Html {
  const fields = domains.map(({ name }) => html`<input type="hidden" name="domain" value="${name}">`);
  return html`<form method="post" class="row" action="${links.probeAll(account)}">${fields}<button>Probe ${domains.length === 1 ? 'it' : `these ${plural(domains.length, 'domain')}`} now</button></form>`;
}

function domainTable(account: string, domains: readonly ListedDomain[], links: Links, now: number): Html {
  const columns = [
    { label: 'Domain' },
    { label: 'Verdict', isPlain: true as const },
    { label: 'Open', isPlain: true as const },
    { label: 'Pins', isNumber: true as const },
    { label: 'Probed', isNumber: true as const },
    { label: 'Expires', isNumber: true as const },
  ];
  const rows = domains.map(({ name, value, status }) => {
    const open = (status?.open ?? []).map(worded).join(', ');
    return [
      html`<a href="${links.domain(account, name)}">${breakable(name)}</a>`,
      verdictBadge(status?.verdict ?? null),
      value === null
        ? 'settings cannot be read'
        : html`${open}${open !== '' && ' '}${mutedBadge(value.mutedUntil ?? 0, now)}`,
      value?.pins.length ?? '',
      moment(status?.lastProbeAt ?? 0, now),
      moment(status?.earliestNotAfter ?? 0, now, ''),
    ];
  });
  return table('Domains', columns, rows);
}
