import { type CheckedEndpoint, isServed } from './check.ts';
import { type Group, grouped } from './grouped.ts';
import { fromRegion, placeName } from './place.ts';

/** How many different failures one line names, and up to how many addresses of each. */
const mostFailures = 4;
const mostNamed = 3;

/**
 * Why endpoints could not be judged, on one line: each failure once, as `connection_refused: … (192.0.2.1 and 3 more)`.
 * `all`: the domain's endpoints. An address whose key types all failed in the same way is named without them.
 */
export function failureSummary(failed: readonly CheckedEndpoint[], all: readonly CheckedEndpoint[]): string {
  const reasonOf = ({ failure }: CheckedEndpoint) => `${failure?.code}: ${failure?.message}`;
  const isPlain = ([endpoint]: Group<CheckedEndpoint>) => Number(!isServed(endpoint));
  // The most common first.
  const reasons = grouped(failed, reasonOf).sort((a, b) => isPlain(a) - isPlain(b) || b.length - a.length);
  const shown = reasons
    .slice(0, mostFailures)
    .map((endpoints) => `${reasonOf(endpoints[0])}${where(endpoints, all)}`);
  const hidden = reasons.length - shown.length;
  return [...shown, ...(hidden > 0 ? [`and ${hidden} more`] : [])].join('; ');
}

function where(endpoints: readonly CheckedEndpoint[], all: readonly CheckedEndpoint[]): string {
  const names = new Set<string>();
  for (const endpoint of endpoints) {
    const { address, keyType } = endpoint;
    // The name gave no address: the failure is the name's.
    if (address === null) continue;
    const place = placeName(endpoint);
    const here = (one: CheckedEndpoint) => placeName(one) === place;
    const whole = endpoints.filter(here).length === all.filter(here).length;
    names.add(`${whole ? address : `${address} ${keyType}`}${fromRegion(endpoint)}`);
  }
  const [first, ...others] = names;
  if (first === undefined) return '';
  return names.size <= mostNamed ? ` (${[...names].join(', ')})` : ` (${first} and ${others.length} more)`;
}
