import { type Severity, severities } from '../../core/finding.ts';
import type { Transition } from '../../core/incident.ts';
import type { Notice } from '../../core/notice.ts';
import type { Block } from './document.ts';
import { flappingMark } from './flapping-words.ts';
import { headline, isOpen, lasted } from './headline.ts';
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

/** The list at the top of a letter about several incidents. */
export function summaryBlocks(sorted: readonly Transition[], now: number): Block[] {
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
  return [...inCommon(sorted), ...blocks];
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

/** Domains that break together usually share a cause; the new issuer or key often shows it. */
function inCommon(sorted: readonly Transition[]): Block[] {
  const broken = sorted.filter((one) => isOpen(one) && one.check.verdict === 'mismatch');
  const domains = new Map(broken.map((one) => [one.domain, one.check]));
  if (domains.size < 3) return [];
  const leaves = [...domains.values()].flatMap(({ endpoints }) => {
    const leaf = endpoints.find(({ verdict }) => verdict === 'mismatch')?.presented[0];
    return leaf ? [leaf] : [];
  });
  const key = mostFrequent(leaves.map(({ pin }) => pin));
  const issuer = mostFrequent(leaves.map((leaf) => leaf.issuer));
  const of = `of the ${domains.size} domains with a pin mismatch present`;
  if (key && key.count * 2 > domains.size) {
    return [paragraph(`In common: ${key.count} ${of} the same unpinned key, ${key.value}`)];
  }
  if (issuer && issuer.count * 2 > domains.size) {
    return [paragraph(`In common: ${issuer.count} ${of} a leaf issued by "${issuer.value}".`)];
  }
  return [];
}

function mostFrequent(values: readonly string[]): { value: string; count: number } | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [top] = [...counts].sort(([, a], [, b]) => b - a);
  return top && { value: top[0], count: top[1] };
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

function paragraph(text: string): Block {
  return { kind: 'paragraph', text };
}
