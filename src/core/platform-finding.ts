import { type Affected, affected, extent, isWhole } from './extent.ts';
import type { Finding } from './finding.ts';
import type { LookedAt } from './looked-at.ts';
import { type Breach, isRefused } from './platform-breaches.ts';
import { type PlatformRule, platformRules } from './platform-rules.ts';
import { type Platform, platformNames, platforms } from './platforms.ts';

/** Beside trust: the path may hold, and the platform takes it all the same no further. What keeps all apps out stands first. */
export function platformRefused(looked: readonly LookedAt[]): Finding[] {
  const judged = looked.filter(({ connections }) => seen(connections).length > 0).length;
  const told = platformRules.flatMap((rule) => {
    const [first] = breachesIn(looked, rule);
    return first === undefined ? [] : [{ rule, text: first.problem, bad: concerned(looked, rule) }];
  });
  const sentences = new Map<string, { kind: PlatformRule['kind']; of: Platform[]; rest: string }>();
  for (const { rule, text, bad } of told) {
    const where = bad.length === judged && bad.every(isWhole) ? '' : `, on ${extent(bad, judged)}`;
    const rest = `${text}${where}`;
    const key = `${rule.kind} ${rest}`;
    const of = new Set(breachesIn(looked, rule).map(({ platform }) => platform));
    // Rules of different platforms that say the same are one sentence.
    const known = sentences.get(key)?.of ?? [];
    const all = platforms.filter((platform) => of.has(platform) || known.includes(platform));
    sentences.set(key, { kind: rule.kind, of: all, rest });
  }
  if (sentences.size === 0) return [];
  const gravestFirst = [...sentences.values()].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  const message = gravestFirst
    .map(
      ({ kind, of, rest }) => `${words[kind]} ${of.map((one) => platformNames[one]).join(' and ')}: ${rest}`,
    )
    .join('; ');
  const isCritical = looked.some(({ connections }) =>
    connections.some(({ breaches }) => isRefused(breaches)),
  );
  return [{ code: 'platform_refused', severity: isCritical ? 'critical' : 'warning', message }];
}

const order: readonly PlatformRule['kind'][] = ['handshake', 'certificates', 'some_apps'];

const words: Readonly<Record<PlatformRule['kind'], string>> = {
  handshake: 'not negotiated by',
  certificates: 'refused by',
  some_apps: 'refused by some apps on',
};

type Connections = LookedAt['connections'];

function seen(connections: Connections) {
  return connections.filter(({ observation }) => observation.failure === null);
}

function breachesIn(looked: readonly LookedAt[], rule: PlatformRule): Breach[] {
  const all = looked.flatMap(({ connections }) => connections.flatMap(({ breaches }) => breaches));
  return all.filter((breach) => breach.rule === rule);
}

function concerned(looked: readonly LookedAt[], rule: PlatformRule): Affected[] {
  return looked.flatMap(({ shown, connections }) => {
    const made = seen(connections);
    const bad = made.filter(({ breaches }) => breaches.some((breach) => breach.rule === rule)).length;
    return affected(shown, { bad, clean: made.length - bad });
  });
}
