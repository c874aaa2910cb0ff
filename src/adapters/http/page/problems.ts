/** The domains with something wrong, the worst first. */
import { harmOf } from '../../../core/harm.ts';
import { type Html, html } from '../../../core/html.ts';
import type { TroubledDomain } from '../../../flow/admin/watch-status.ts';
import type { Links } from './links.ts';
import { breakable, harmBadge, moment, mutedBadge, table, verdictBadge, worded } from './parts.ts';

export function problemTable(
  domains: readonly TroubledDomain[],
  { links, now, ofSeveral }: { readonly links: Links; readonly now: number; readonly ofSeveral: boolean },
): Html {
  const columns = [
    { label: 'Domain' },
    ...(ofSeveral ? [{ label: 'Account' }] : []),
    { label: 'For apps', isPlain: true as const },
    { label: 'Verdict', isPlain: true as const },
    { label: 'Why', isPlain: true as const },
    { label: 'Probed', isNumber: true as const },
    { label: 'Expires', isNumber: true as const },
  ];
  const rows = domains.map(({ account, domain, status, reasons }) => [
    html`<a href="${links.domain(account, domain)}">${breakable(domain)}</a>`,
    ...(ofSeveral ? [html`<a href="${links.account(account)}">${account}</a>`] : []),
    html`${harmBadge(harmOf(status))}${mutedBadge(status.mutedUntil, now)}`,
    verdictBadge(status.verdict),
    whyOf(status, reasons),
    moment(status.lastProbeAt, now),
    moment(status.earliestNotAfter, now, ''),
  ]);
  return table('Domains with something wrong', columns, rows);
}

/** The verdict, which is beside it, is not repeated. */
function whyOf({ open, verdict }: TroubledDomain['status'], reasons: TroubledDomain['reasons']): string {
  const words = open.length > 0 ? open : reasons.filter((reason) => reason !== verdict);
  return words.map(worded).join(', ');
}
