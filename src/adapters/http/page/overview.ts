/** The first view: what is wrong, how the watch itself is, and all accounts. */
import { z } from 'zod';
import { type Html, html } from '../../../core/html.ts';
import { plural } from '../../../core/plural.ts';
import { listed } from '../../../core/set-names.ts';
import { type AccountSummary, type WatchStatus, watchStatus } from '../../../flow/admin/watch-status.ts';
import type { Asked, Viewed } from './asked.ts';
import type { Links } from './links.ts';
import { facts, moment, pager, sectionOf, table, worded } from './parts.ts';
import { problemTable } from './problems.ts';

/** Rows of a list on one page. */
const pageSize = 50;

const start = z.coerce.number().int().min(0).max(10_000_000).catch(0);

/** The first problem and the first account to show. */
export const overviewQuery = z.object({ problems: start, accounts: start });

type Query = z.output<typeof overviewQuery>;

export async function overviewView({ principal, query, links, ports, now }: Asked<unknown, Query>): Viewed {
  const status = await watchStatus(principal.account, ports);
  const { troubled, accounts, more } = status;
  const headline = headlineOf(status);
  const shown = troubled.slice(query.problems, query.problems + pageSize);
  const ofSeveral = principal.account === null;
  const at = (problems: number, first: number) => `${links.overview}?problems=${problems}&accounts=${first}`;
  const left = troubled.length + more - query.problems - shown.length;
  return {
    title: headline,
    refresh: 30,
    content: html`
<h1>${headline}</h1>
${watchNotice(status, now)}${configNotice(status)}
${
  shown.length > 0 &&
  html`${problemTable(shown, { links, now, ofSeveral })}
${left > 0 && html`<p class="soft">${left} more.</p>`}
${pager(
  'problems',
  query.problems > 0 ? at(0, query.accounts) : null,
  query.problems + pageSize < troubled.length ? at(query.problems + pageSize, query.accounts) : null,
)}`
}
${sectionOf('watch', 'The watch', watchFacts(status, now))}
${sectionOf('accounts', 'Accounts', [
  accountTable(accounts.slice(query.accounts, query.accounts + pageSize), links, now),
  pager(
    'accounts',
    query.accounts > 0 ? at(query.problems, 0) : null,
    query.accounts + pageSize < accounts.length ? at(query.problems, query.accounts + pageSize) : null,
  ),
])}`,
  };
}

/** Muted domains don't count, as for the exit status of `pinwatch status`. */
export function headlineOf(status: WatchStatus): string {
  const { accounts, troubled, openConfigs, blind, isLate, workers } = status;
  // What was found before may no longer be so.
  if (isLate) return 'Nothing is watched';
  if (workers === 0) return 'Nothing is probed';
  if (blind > 0) return `No domain of ${plural(blind, 'account')} can be seen`;
  const sum = (of: (account: AccountSummary) => number) =>
    accounts.reduce((total, one) => total + of(one), 0);
  const failing = sum(({ harms }) => harms.fail);
  const unknown = sum(({ harms }) => harms.unknown);
  if (failing > 0) return `Apps fail on ${plural(failing, 'domain')}`;
  if (unknown > 0) return `${plural(unknown, 'domain')} could not be judged`;
  if (troubled.length > 0) return `No app fails; ${plural(troubled.length, 'domain')} to look at`;
  if (openConfigs.size > 0) return 'No app fails; a signed configuration to look at';
  return sum(({ domains }) => domains) === 0 ? 'No domain is watched yet' : 'Nothing is wrong';
}

function watchNotice(
  { isLate, workers, regions, blind, nextSweepAt }: WatchStatus,
  now: number,
): Html | null {
  if (isLate) {
    return html`<div class="notice bad"><p>No sweep begins: the next one was due ${moment(nextSweepAt, now)}. What follows is what was found before.</p></div>`;
  }
  if (workers === 0) {
    return html`<div class="notice bad"><p>No worker is connected. What follows is what was found before.</p></div>`;
  }
  if (blind > 0) {
    return html`<div class="notice bad"><p>Every domain of ${plural(blind, 'account')} went out of sight at once: most likely pinwatch's own network or name servers. A mismatch there is not noticed.</p></div>`;
  }
  const away = (regions ?? []).filter((region) => region.workers === 0).map(({ name }) => name);
  if (away.length > 0) {
    return html`<div class="notice warn"><p>No worker in ${listed(away, 'and')} answers: nobody looks from there, and a mismatch that only apps there meet is not noticed.</p></div>`;
  }
  return null;
}

function configNotice({ openConfigs }: WatchStatus): Html | null {
  if (openConfigs.size === 0) return null;
  const shown = [...openConfigs].map(([kind, count]) => `${worded(kind)} (${count})`).join(', ');
  return html`<div class="notice warn"><p><strong>Signed configurations with an open incident:</strong> ${shown}. The view of an account has its own.</p></div>`;
}

function watchFacts(status: WatchStatus, now: number): Html {
  const { sweepStartedAt, nextSweepAt, noticesPending, workers, regions, domains, accounts } = status;
  const muted = accounts.reduce((sum, one) => sum + one.muted, 0);
  return facts([
    ['Last sweep', moment(sweepStartedAt, now)],
    ['Next sweep', moment(nextSweepAt, now, 'none is planned')],
    ['Domains', `${domains}${muted > 0 ? `, ${muted} muted` : ''}`],
    ...(noticesPending === null ? [] : [['Notices not sent yet', noticesPending] as [string, number]]),
    ...(workers === null ? [] : [['Workers', workers] as [string, number]]),
    ...(regions ?? []).map(({ name, workers }): [string, number] => [`Workers in ${name}`, workers]),
  ]);
}

const zero = html`<span class="soft">0</span>`;

function accountTable(accounts: readonly AccountSummary[], links: Links, now: number): Html {
  if (accounts.length === 0) return html`<p class="soft">No account yet.</p>`;
  const columns = [
    { label: 'Account' },
    { label: 'Domains', isNumber: true as const },
    { label: 'Apps fail', isNumber: true as const },
    { label: 'Unknown', isNumber: true as const },
    { label: 'Open', isNumber: true as const },
    { label: 'Muted', isNumber: true as const },
    { label: 'Next expiry', isNumber: true as const },
  ];
  const rows = accounts.map(({ account, domains, harms, open, muted, earliestNotAfter }) => [
    html`<a href="${links.account(account)}">${account}</a>`,
    domains,
    harms.fail > 0 ? html`<span class="badge bad">${harms.fail}</span>` : zero,
    harms.unknown > 0 ? html`<span class="badge warn">${harms.unknown}</span>` : zero,
    open === 0 ? zero : open,
    muted === 0 ? zero : muted,
    moment(earliestNotAfter, now, ''),
  ]);
  return table('Accounts', columns, rows);
}
