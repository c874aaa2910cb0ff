/** What stands against a step of a rotation, and what has gone wrong already. */
import { plural } from './plural.ts';
import { endpointNames, type RotatedEndpoint } from './rotation-endpoints.ts';
import type { RotationFacts } from './rotation-facts.ts';
import type { Alarm, Obstacle } from './rotation-obstacle.ts';
import type { Rotation } from './rotation-state.ts';

/** `endpoints`: as seen just now. */
export function retireObstacles(
  rotation: Rotation,
  facts: RotationFacts,
  endpoints: readonly RotatedEndpoint[],
): Obstacle[] {
  const named = (some: readonly RotatedEndpoint[]) => endpointNames(some, facts.domains.length > 1);
  const of = (some: readonly RotatedEndpoint[]) =>
    `${some.length} of ${plural(endpoints.length, 'endpoint')}`;
  const [old, other, unknown] = (['old', 'other', 'unknown'] as const).map((key) =>
    endpoints.filter(({ presents }) => presents === key),
  ) as [RotatedEndpoint[], RotatedEndpoint[], RotatedEndpoint[]];
  const obstacles: Obstacle[] = [];
  if (old.length > 0) {
    const message = `${of(old)} still ${present(old)} the old key, and apps would refuse it there: ${named(old)}`;
    obstacles.push({ code: 'old_key_presented', message, override: 'nothing' });
  }
  if (other.length > 0) {
    const message = `${of(other)} ${present(other)} another key: ${named(other)}`;
    obstacles.push({ code: 'not_arrived', message, override: 'nothing' });
  }
  if (unknown.length > 0) {
    const message = `${of(unknown)} could not be judged, and may still present the old key: ${named(unknown)}: ${unknown[0]?.failure ?? 'no answer'}`;
    obstacles.push({ code: 'not_judged', message, override: 'force' });
  }
  if (endpoints.length === 0) {
    const message = 'no endpoint was seen, so which key is presented is unknown';
    obstacles.push({ code: 'not_judged', message, override: 'force' });
  }
  for (const name of withoutBackup(rotation, facts)) {
    const message = `${name} would have no backup pin: if the new key has to change, apps have no other to accept. Add one first`;
    obstacles.push({ code: 'no_backup', message, override: 'force' });
  }
  for (const { set, app, host, pins } of facts.shipped) {
    const staying = facts.domains.filter((domain) => domain.host === host).flatMap((domain) => domain.pins);
    const kept = staying.filter((pin) => !rotation.retires.includes(pin));
    const needs =
      rotation.retires.some((pin) => pins.includes(pin)) && !kept.some((pin) => pins.includes(pin));
    if (!needs) continue;
    const message = `${app} ships with the old pin and none that would stay (${set}): it fails at ${host} unless the old key comes back`;
    obstacles.push({ code: 'ships_old', message, override: 'force' });
  }
  return obstacles;
}

/** Domains that would have no pin that is on no path, once the old ones are gone (RFC 7469, section 4.3). */
function withoutBackup({ pin, retires }: Rotation, { domains }: RotationFacts): string[] {
  return domains
    .filter(({ pins, check }) => {
      const used = new Set(check?.endpoints.flatMap(({ path }) => path.map((entry) => entry.pin)) ?? []);
      const kept = pins.filter((one) => !retires.includes(one));
      return kept.length > 0 && kept.every((one) => one === pin || used.has(one));
    })
    .map(({ name }) => name);
}

export function alarmsOf(
  rotation: Rotation,
  facts: RotationFacts,
  endpoints: readonly RotatedEndpoint[],
  mayDeploy: boolean,
): Alarm[] {
  const { delivered, unready, domains } = facts;
  const named = (some: readonly RotatedEndpoint[]) => endpointNames(some, domains.length > 1);
  const early = endpoints.filter(({ presents }) => presents === 'new');
  const foreign = endpoints.filter(({ presents, pinned }) => presents === 'other' && !pinned);
  const alarms: Alarm[] = [];
  const back = 'put the old certificate back';
  if (early.length > 0 && delivered.some(({ hasNew }) => !hasNew)) {
    const without = delivered.filter(({ hasNew }) => !hasNew).map(({ host }) => host);
    const message = `${named(early)} ${present(early)} the new key, but what is published for ${without.join(', ')} lacks its pin, so apps fail there: ${back}, or publish at once`;
    alarms.push({ code: 'deployed_before_publish', severity: 'critical', message });
  } else if (early.length > 0 && !mayDeploy && unready.length > 0) {
    const whose = unready.map(({ message }) => message).join('; ');
    const message = `${named(early)} ${present(early)} the new key already: ${back}, or these apps fail: ${whose}`;
    alarms.push({ code: 'deployed_before_adoption', severity: 'critical', message });
  }
  if (foreign.length > 0) {
    const keys = [...new Set(foreign.map(({ leaf }) => leaf))].join(', ');
    const message = `${named(foreign)} ${present(foreign)} ${keys}, which is neither the new key nor pinned, so apps fail there: the certificate was made for another key. Deploy the one for the new key, or ${back}`;
    alarms.push({ code: 'other_key', severity: 'critical', message });
  }
  for (const { host, version, by, lostSince } of delivered) {
    if (lostSince === null) continue;
    const message = `version ${version}, published by ${by}, lacks the new pin of ${host}, which version ${lostSince} had: publish again`;
    alarms.push({ code: 'pin_lost', severity: early.length > 0 ? 'critical' : 'warning', message });
  }
  if (facts.revoked) {
    const message =
      'the new key was revoked in an emergency: abort the rotation, and start one with another key';
    alarms.push({ code: 'revoked', severity: early.length > 0 ? 'critical' : 'warning', message });
  }
  const bare = withoutBackup(rotation, facts);
  if (bare.length > 0) {
    const message = `${bare.join(', ')}: the new key was the only backup. Make another key, and pin it before the old pin goes`;
    alarms.push({ code: 'no_backup', severity: 'warning', message });
  }
  if (facts.gone.length > 0) {
    const message = `${facts.gone.join(', ')}: no longer registered, so nothing watches the new key arrive there`;
    alarms.push({ code: 'domain_gone', severity: 'warning', message });
  }
  return alarms;
}

function present({ length }: readonly unknown[]): string {
  return length === 1 ? 'presents' : 'present';
}
