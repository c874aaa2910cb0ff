/** One line on each step of a rotation, for people. */
import { rfc3339 } from './clock.ts';
import { plural } from './plural.ts';
import { endpointNames, type RotatedEndpoint } from './rotation-endpoints.ts';
import type { RotationFacts } from './rotation-facts.ts';
import type { Rotation } from './rotation-state.ts';

export function pinDetail({ pin }: Rotation, { domains }: RotationFacts): string {
  const without = domains.filter(({ pins }) => !pins.includes(pin)).map(({ name }) => name);
  if (domains.length === 0) return 'none of its domains is registered any more';
  return without.length > 0
    ? `missing at ${without.join(', ')}`
    : `pinned at ${domains.map(({ name }) => name).join(', ')}`;
}

export function publishDetail({ released }: Rotation, { delivered }: RotationFacts): string {
  if (delivered.length === 0) {
    return released === null
      ? 'no signed configuration delivers pins here: apps get the new one with a release'
      : `released: ${released.note}`;
  }
  const without = delivered.filter(({ hasNew }) => !hasNew);
  const version = delivered[0]?.version ?? null;
  if (without.length === 0) return `version ${version} has it`;
  const hosts = without.map(({ host }) => host).join(', ');
  return version === null ? `${hosts} is not published yet` : `version ${version} lacks it for ${hosts}`;
}

/** Within this, an app that is in use has what is published: written 5 s, at the edge 60 s, polled 216 s. */
const activeWithinMs = 300_000;

/** Who did not wait, and why. */
export function goneOn({ goAhead }: Rotation): string {
  return goAhead === null ? '' : `${goAhead.by} went on${goAhead.note === '' ? '' : `: ${goAhead.note}`}`;
}

/** When every app in use has the publication, RFC 3339; null: nothing is published, or installs are counted. */
export function spreadBy({
  counted,
  delivered,
}: Pick<RotationFacts, 'counted' | 'delivered'>): string | null {
  const published = delivered.flatMap(({ at }) => (at === '' ? [] : [Date.parse(at)]));
  if (counted || published.length === 0) return null;
  return rfc3339(Math.max(...published) + activeWithinMs);
}

export function adoptDetail(rotation: Rotation, facts: RotationFacts): string {
  if (rotation.goAhead !== null) return goneOn(rotation);
  const { unready } = facts;
  if (unready.length > 0) return unready.map(({ message }) => message).join('; ');
  const by = spreadBy(facts);
  if (by === null) return 'no known install lacks it';
  return `apps in use have it by ${by}; the others fetch it when they connect`;
}

export function deployDetail(endpoints: readonly RotatedEndpoint[], withDomain: boolean): string {
  if (endpoints.length === 0) return 'no endpoint was seen yet';
  const arrived = endpoints.filter(({ presents }) => presents === 'new').length;
  const groups = [
    ['old', 'still the old key at'],
    ['other', 'another key at'],
    ['unknown', 'not judged:'],
  ] as const;
  const left = groups.flatMap(([key, words]) => {
    const some = endpoints.filter(({ presents }) => presents === key);
    return some.length === 0 ? [] : [`${words} ${endpointNames(some, withDomain)}`];
  });
  const present = endpoints.length === 1 ? 'presents' : 'present';
  return [`${arrived} of ${plural(endpoints.length, 'endpoint')} ${present} the new key`, ...left].join('; ');
}

export function retireDetail({ retires }: Rotation, { domains }: RotationFacts): string {
  if (retires.length === 0) return 'the old key has no pin to remove';
  const left = domains.filter(({ pins }) => retires.some((one) => pins.includes(one)));
  const keys = retires.join(', ');
  return left.length === 0 ? `${keys} is gone` : `${keys} at ${left.map(({ name }) => name).join(', ')}`;
}

export function dropDetail({ retires }: Rotation, { delivered }: RotationFacts): string {
  if (retires.length === 0 || delivered.length === 0) return '';
  const left = delivered.filter(({ old }) => old.length > 0);
  const version = delivered[0]?.version ?? null;
  if (left.length === 0) return `version ${version} is without the old pin`;
  return `version ${version} still has the old pin for ${left.map(({ host }) => host).join(', ')}`;
}
