import type { Severity } from '../../core/finding.ts';
import { incidentKinds, type Transition } from '../../core/incident.ts';
import type { Block } from './document.ts';
import { headline, hitsSome, isOpen, lasted } from './headline.ts';
import { visible } from './hostile-text.ts';
import { readable } from './time.ts';

/** RFC 5322 allows 998, people read the first 60. */
const subjectLimit = 150;
/** Characters of summary lines in one mail: 500 domains with long names. */
const summaryLimit = 60_000;

const severities: readonly Severity[] = ['critical', 'warning', 'info'];

/**
 * Where each incident stands at the end of the letter, the gravest first, the resolved last. Of those as grave, what keeps
 * all apps out comes before what keeps some out: the first one's words are the subject's.
 * What opened and closed within one burst is told once, as resolved; the JSON part has every step.
 */
export function latestOfEach(transitions: readonly Transition[]): Transition[] {
  const latest = new Map(transitions.map((transition) => [transition.incident, transition]));
  return [...latest.values()].sort(
    (a, b) =>
      Number(isOpen(b)) - Number(isOpen(a)) ||
      severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
      Number(hitsSome(a)) - Number(hitsSome(b)) ||
      incidentKinds.indexOf(a.kind) - incidentKinds.indexOf(b.kind) ||
      (a.domain < b.domain ? -1 : Number(a.domain > b.domain)),
  );
}

/** The gravest severity still open, `resolved` if none is. */
export function overall(sorted: readonly Transition[]): Severity | 'resolved' {
  const [first] = sorted;
  return first && isOpen(first) ? first.severity : 'resolved';
}

export function subject(account: string, sorted: readonly Transition[], now: number): string {
  const start = `[pinwatch] ${overall(sorted).toUpperCase()} ${visible(account, 40)}: `;
  return visible(start + overview(sorted, now, subjectLimit - start.length), subjectLimit);
}

/** One line for the whole letter, of about `limit` characters: what is cut then is the middle of a name, never the cause. */
export function overview(sorted: readonly Transition[], now: number, limit = 400): string {
  const open = sorted.filter(isOpen);
  const closed = sorted.filter((transition) => !isOpen(transition));
  const [first] = open;
  if (!first) return resolvedLine(closed, now, limit);
  const resolved = closed.length > 0 ? `; ${closed.length} resolved` : '';
  const alike = open.filter((one) => one.severity === first.severity && one.kind === first.kind);
  const others = open.length - alike.length;
  const also = others > 0 ? `; ${others} other incident${others === 1 ? '' : 's'}` : '';
  const still = alike.every(({ transition }) => transition === 'reminder') ? 'still: ' : '';
  const suffix = `${also}${resolved}`;
  const domains = new Set(alike.map(({ domain }) => domain)).size;
  if (domains > 1) {
    const { effect, cause } = headline(first, now);
    return `${still}${plural(effect, domains)} (${plainCause(cause)})${suffix}`;
  }
  const name = shorten(first.domain, limit - 60 - suffix.length);
  const { sentence, cause } = headline({ ...first, domain: name }, now);
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
  if (!isOpen(transition)) return `${domain}: ${cause}, lasted ${lasted(transition)}`;
  const isUnreachable = transition.kind === 'unreachable';
  const what = isUnreachable ? `${effect} (${cause})` : severity === 'critical' ? cause : effect;
  const again = transition.transition === 'opened' ? '' : ` (${transition.transition})`;
  return `${domain}: ${what}, since ${readable(since).replace(/:\d\d UTC$/, ' UTC')}${again}`;
}

/** Many domains that break together have one cause; the new issuer or key usually names it. */
function inCommon(sorted: readonly Transition[]): Block[] {
  const broken = sorted.filter((one) => isOpen(one) && one.check.verdict === 'mismatch');
  if (broken.length < 3) return [];
  const leaves = broken.flatMap(({ check }) => {
    const leaf = check.endpoints.find(({ verdict }) => verdict === 'mismatch')?.presented[0];
    return leaf ? [leaf] : [];
  });
  const key = mostFrequent(leaves.map(({ pin }) => pin));
  const issuer = mostFrequent(leaves.map((leaf) => leaf.issuer));
  const of = `of the ${broken.length} domains with a pin mismatch present`;
  if (key && key.count * 2 > broken.length) {
    return [paragraph(`In common: ${key.count} ${of} the same unpinned key, ${key.value}`)];
  }
  if (issuer && issuer.count * 2 > broken.length) {
    return [paragraph(`In common: ${issuer.count} ${of} a leaf issued by «${issuer.value}».`)];
  }
  return [];
}

function mostFrequent(values: readonly string[]): { value: string; count: number } | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [top] = [...counts].sort(([, a], [, b]) => b - a);
  return top && { value: top[0], count: top[1] };
}

function resolvedLine(closed: readonly Transition[], now: number, limit: number): string {
  const [first] = closed;
  const domains = new Set(closed.map(({ domain }) => domain)).size;
  if (!first) return 'nothing';
  if (domains > 1) return `${domains} domains`;
  const causes = [...new Set(closed.map((one) => headline(one, now).cause))].join(', ');
  return `${shorten(first.domain, limit - causes.length - 3)} (${causes})`;
}

function plural(effect: string, domains: number): string {
  if (effect.endsWith('connect')) return `${effect} to ${domains} domains`;
  return `${domains} domains: ${effect}`;
}

/** Counts of one domain's endpoints say nothing of five hundred domains. */
function plainCause(cause: string): string {
  return cause.replace(/ on \d+ of \d+ endpoints$/, '');
}

/** A host name may have 253 characters: both ends tell most. */
function shorten(name: string, limit: number): string {
  if (name.length <= limit) return name;
  const half = Math.max(8, Math.floor((limit - 1) / 2));
  return `${name.slice(0, half)}…${name.slice(-half)}`;
}

function paragraph(text: string): Block {
  return { kind: 'paragraph', text };
}
