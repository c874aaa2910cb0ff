/** What a pin set is about, for people: the hosts that it names, and the domains that it applies to. */
import { coversHost, type HostPattern } from './host-pattern.ts';
import type { PinSet } from './pin-set.ts';
import { createSetIndex } from './set-index.ts';

/** As OkHttp writes them: `**.` is the name and everything below. */
export function patternText({ kind, name }: HostPattern): string {
  switch (kind) {
    case 'exact':
      return name;
    case 'one-label':
      return `*.${name}`;
    case 'any-depth':
      return `**.${name}`;
    case 'leaf-cn':
      return `CN=${name}`;
    default:
      return kind satisfies never;
  }
}

export interface SetCoverage {
  /** The patterns of the rules, without repeats. */
  readonly hosts: readonly string[];
  /** The names of the domains that it applies to. */
  readonly domains: readonly string[];
  /** Patterns that cover no domain: nobody watches these hosts. */
  readonly unregistered: readonly string[];
}

/** `domains`: all of the account, with their hosts. */
export function coverageOf(
  set: PinSet,
  domains: readonly { readonly name: string; readonly host: string }[],
): SetCoverage {
  const index = createSetIndex(set);
  const hosts = domains.map(({ host }) => host);
  const names = new Set(hosts);
  const below = new Set(hosts.flatMap(parentsOf));
  const isCovered = (pattern: HostPattern) =>
    pattern.kind === 'leaf-cn' ||
    (names.has(pattern.name) && coversHost(pattern, pattern.name)) ||
    (pattern.kind !== 'exact' && below.has(pattern.name) && hosts.some((host) => coversHost(pattern, host)));
  const patterns = set.rules.map(({ pattern }) => pattern);
  return {
    hosts: [...new Set(patterns.map(patternText))],
    domains: domains.filter(({ host }) => index(host) !== null).map(({ name }) => name),
    unregistered: [...new Set(patterns.filter((pattern) => !isCovered(pattern)).map(patternText))],
  };
}

function parentsOf(host: string): string[] {
  const parents = [];
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1))
    parents.push(host.slice(dot + 1));
  return parents;
}

/** The host of a domain by its name, which is `domainName()`. */
export function hostOfName(name: string): string {
  const bracketed = /^\[(.*)\](?::\d+)?$/.exec(name);
  return bracketed?.[1] ?? name.replace(/:\d+$/, '');
}
