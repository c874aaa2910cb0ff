import { affected, extent, isWhole } from './extent.ts';
import type { Finding } from './finding.ts';
import type { LookedAt } from './looked-at.ts';
import { isRefused } from './platform-breaches.ts';
import { type PlatformRule, platformRules } from './platform-rules.ts';
import { type Platform, platformNames, platforms } from './platforms.ts';

/** Besides trust: a platform may refuse a server although the path is valid. What affects all apps comes first. */
export function platformRefused(looked: readonly LookedAt[]): Finding[] {
  // Almost every probe ends here: no rule is broken.
  if (looked.every(({ connections }) => connections.every(({ breaches }) => breaches.length === 0)))
    return [];
  const sentences = merged(platformRules.flatMap((rule) => sentenceOf(looked, rule)));
  if (sentences.length === 0) return [];
  const gravestFirst = sentences.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  const isCritical = looked.some(({ connections }) =>
    connections.some(({ breaches }) => isRefused(breaches)),
  );
  return [
    {
      code: 'platform_refused',
      severity: isCritical ? 'critical' : 'warning',
      message: gravestFirst.map(textOf).join('; '),
    },
  ];
}

const order: readonly PlatformRule['kind'][] = ['handshake', 'certificates', 'some_apps'];

const words: Readonly<Record<PlatformRule['kind'], string>> = {
  handshake: 'not negotiated by',
  certificates: 'refused by',
  some_apps: 'refused by some apps on',
};

interface Sentence {
  readonly kind: PlatformRule['kind'];
  readonly concerned: readonly Platform[];
  /** What is wrong, and on which endpoints if not on all. */
  readonly what: string;
}

function textOf({ kind, concerned, what }: Sentence): string {
  return `${words[kind]} ${concerned.map((platform) => platformNames[platform]).join(' and ')}: ${what}`;
}

/** The sentence for one rule; empty if no endpoint breaks it. */
function sentenceOf(looked: readonly LookedAt[], rule: PlatformRule): Sentence[] {
  const endpoints = looked.flatMap(({ shown, connections }) => {
    const seen = connections.filter(({ observation }) => observation.failure === null);
    const found = seen.map(({ breaches }) => breaches.filter((breach) => breach.rule === rule));
    return seen.length === 0
      ? []
      : [{ shown, of: seen.length, found: found.filter((some) => some.length > 0) }];
  });
  const breaches = endpoints.flatMap(({ found }) => found.flat());
  const [first] = breaches;
  if (first === undefined) return [];
  const bad = endpoints.flatMap(({ shown, of, found }) =>
    affected(shown, { bad: found.length, clean: of - found.length }),
  );
  const isEverywhere = bad.length === endpoints.length && bad.every(isWhole);
  const what = `${first.problem}${isEverywhere ? '' : `, on ${extent(bad, endpoints.length)}`}`;
  const concerned = platforms.filter((one) => breaches.some(({ platform }) => platform === one));
  return [{ kind: rule.kind, concerned, what }];
}

/** Merges rules of different platforms that say the same into one sentence. */
function merged(sentences: readonly Sentence[]): Sentence[] {
  const distinct = new Map<string, Sentence>();
  for (const sentence of sentences) {
    const key = `${sentence.kind} ${sentence.what}`;
    const both = [...(distinct.get(key)?.concerned ?? []), ...sentence.concerned];
    distinct.set(key, { ...sentence, concerned: platforms.filter((platform) => both.includes(platform)) });
  }
  return [...distinct.values()];
}
