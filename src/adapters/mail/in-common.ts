/** Domains that break together usually share a cause, and it is quicker found once than for each. */
import type { Transition } from '../../core/incident.ts';
import type { Block } from './document.ts';
import { isOpen } from './headline.ts';

/** Fewer may break together by chance. */
const leastTogether = 3;

/** `domains`: how many the account has; 0: unknown. */
export function inCommon(sorted: readonly Transition[], domains: number): Block[] {
  return [allAtOnce(sorted, domains), sharedChange(sorted)].flatMap((text) =>
    text === null ? [] : [{ kind: 'paragraph', text }],
  );
}

/** Not only what is in DNS or on one server: something in front of all of them, or of pinwatch. */
function allAtOnce(sorted: readonly Transition[], domains: number): string | null {
  const critical = sorted.filter((one) => isOpen(one) && one.severity === 'critical');
  const failing = new Set(critical.map(({ domain }) => domain)).size;
  if (failing < leastTogether || failing < domains || domains === 0) return null;
  return `All ${domains} domains of the account fail at once. Look for one cause, not ${domains}: a CDN, a load balancer or the renewal that they share. Check one of them from another network first: if it is well there, something between pinwatch and the servers intercepts its connections.`;
}

function sharedChange(sorted: readonly Transition[]): string | null {
  const broken = sorted.filter((one) => isOpen(one) && one.check.verdict === 'mismatch');
  const domains = new Map(broken.map((one) => [one.domain, one]));
  if (domains.size < leastTogether) return null;
  const leaves = [...domains.values()].flatMap(({ check, change }) => {
    const leaf = check.endpoints.find(({ verdict }) => verdict === 'mismatch')?.presented[0];
    return leaf ? [{ ...leaf, change }] : [];
  });
  const of = `of the ${domains.size} domains with a pin mismatch present`;
  const isMost = ({ count }: { count: number }) => count * 2 > domains.size;
  const key = mostFrequent(leaves.map(({ pin }) => pin));
  if (key && isMost(key)) return `In common: ${key.count} ${of} the same unpinned key, ${key.value}`;
  const issuer = mostFrequent(leaves.map((leaf) => leaf.issuer));
  if (!issuer || !isMost(issuer)) return null;
  const former = mostFrequent(
    leaves.flatMap((leaf) =>
      leaf.issuer === issuer.value && leaf.change ? [leaf.change.before.issuer] : [],
    ),
  );
  const before =
    !former || !isMost(former)
      ? ''
      : former.value === issuer.value
        ? ', as before, with new keys'
        : `, before that by "${former.value}"`;
  return `In common: ${issuer.count} ${of} a leaf issued by "${issuer.value}"${before}.`;
}

function mostFrequent(values: readonly string[]): { value: string; count: number } | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [top] = [...counts].sort(([, a], [, b]) => b - a);
  return top && { value: top[0], count: top[1] };
}
