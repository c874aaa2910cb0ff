import { type Severity, severities } from '../../core/finding.ts';
import type { Transition } from '../../core/incident.ts';
import type { Notice } from '../../core/notice.ts';
import type { Block } from './document.ts';
import { flappingMark } from './flapping-words.ts';
import { headline, isOpen, lasted } from './headline.ts';
import { inCommon } from './in-common.ts';
import { recoveredBriefly } from './recovery-text.ts';
import { readable } from './time.ts';

/** Characters of summary lines in one mail: 500 domains with names of a usual length. */
const summaryLimit = 46_000;

/** The highest severity still open, `resolved` if none is. */
export function overall(sorted: readonly Notice[]): Severity | 'resolved' {
  const open = sorted.filter(isOpen).map(({ severity }) => severity);
  return severities.find((severity) => open.includes(severity)) ?? 'resolved';
}

/** One line for a letter about several incidents. */
export function overview(sorted: readonly Transition[], now: number): string {
  const open = sorted.filter(isOpen);
  const resolved = sorted.length - open.length;
  const [first] = open;
  if (!first) return resolvedLine(sorted);
  const alike = open.filter((one) => one.severity === first.severity && one.kind === first.kind);
  const others = open.length - alike.length;
  const still = alike.every(({ transition }) => transition === 'reminder') ? 'still: ' : '';
  const suffix = [
    ...(others > 0 ? [`; ${others} other incident${others === 1 ? '' : 's'}`] : []),
    ...(resolved > 0 ? [`; ${resolved} resolved`] : []),
  ].join('');
  const domains = new Set(alike.map(({ domain }) => domain)).size;
  const { effect, sentence, cause } = headline(first, now);
  if (domains > 1) return `${still}${plural(effect, domains)} (${plainCause(cause)})${suffix}`;
  const why = first.kind === 'certificate_expiring' || first.kind === 'no_backup_pin' ? '' : ` (${cause})`;
  return `${still}${sentence}${why}${suffix}`;
}

/** The list at the top of a letter about several incidents; the account has `domains`, 0: unknown. */
export function summaryBlocks(sorted: readonly Transition[], now: number, domains = 0): Block[] {
  const blocks: Block[] = [];
  let budget = summaryLimit;
  for (const { title, belongs } of sections) {
    const members = sorted.filter(belongs);
    if (members.length === 0) continue;
    const items: string[] = [];
    for (const transition of members) {
      const line = summaryLine(transition, now);
      budget -= line.length;
      if (budget < 0) break;
      items.push(line);
    }
    const hidden = members.length - items.length;
    if (hidden > 0) items.push(`and ${hidden} more: see pinwatch.json`);
    blocks.push({ kind: 'heading', text: `${title} (${members.length})` }, { kind: 'bullets', items });
  }
  return [...inCommon(sorted, domains), ...blocks];
}

const sections: readonly { title: string; belongs: (transition: Transition) => boolean }[] = [
  { title: 'Apps fail', belongs: (one) => isOpen(one) && one.severity === 'critical' },
  { title: 'Warnings', belongs: (one) => isOpen(one) && one.severity === 'warning' },
  { title: 'For information', belongs: (one) => isOpen(one) && one.severity === 'info' },
  { title: 'Resolved', belongs: (one) => !isOpen(one) },
];

function summaryLine(transition: Transition, now: number): string {
  const { effect, cause } = headline(transition, now);
  const { domain, severity, since } = transition;
  if (!isOpen(transition)) {
    return `${domain}: ${cause}, lasted ${lasted(transition)}: ${recoveredBriefly(transition)}`;
  }
  const isUnreachable = transition.kind === 'unreachable';
  const what = isUnreachable ? `${effect} (${cause})` : severity === 'critical' ? cause : effect;
  const mark = flappingMark(transition).trim() || transition.transition;
  const again = mark === 'opened' ? '' : ` (${mark})`;
  return `${domain}: ${what}, since ${readable(since).replace(/:\d\d UTC$/, ' UTC')}${again}`;
}

function resolvedLine(closed: readonly Transition[]): string {
  const domains = [...new Set(closed.map(({ domain }) => domain))];
  const [first] = closed;
  if (!first) return 'nothing';
  const ways = new Set(closed.map(recoveredBriefly));
  const what = ways.size === 1 ? `: ${[...ways].join('')}` : '';
  return domains.length === 1 ? `${first.domain}${what}` : `${domains.length} domains${what}`;
}

function plural(effect: string, domains: number): string {
  if (effect.endsWith('connect')) return `${effect} to ${domains} domains`;
  return `${domains} domains: ${effect}`;
}

/** One domain's endpoint counts say nothing about five hundred domains. */
function plainCause(cause: string): string {
  return cause.replace(/ on \d+ of \d+ (?:endpoints|connections)$/, '');
}
