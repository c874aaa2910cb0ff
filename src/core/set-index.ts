import { type AppliedSet, applySet } from './applied-set.ts';
import type { PinRule, PinSet } from './pin-set.ts';

/** Which part of a set applies to a host; null: none. */
export type SetIndex = (host: string) => AppliedSet | null;

/** As `applySet`, but looks only at the rules that may cover the host: a set has thousands, and so has an account hosts. */
export function createSetIndex(set: PinSet): SetIndex {
  const byName = new Map<string, number[]>();
  const everywhere: number[] = [];
  for (const [at, { pattern }] of set.rules.entries()) {
    if (pattern.kind === 'leaf-cn') {
      everywhere.push(at);
      continue;
    }
    const known = byName.get(pattern.name);
    if (known === undefined) byName.set(pattern.name, [at]);
    else known.push(at);
  }
  return (host) => {
    const found = [...everywhere, ...namesOf(host).flatMap((name) => byName.get(name) ?? [])];
    if (found.length === 0) return null;
    // In the order of the set: of two rules that are alike, the first counts.
    const rules = found.sort((a, b) => a - b).map((at) => set.rules[at] as PinRule);
    return applySet({ ...set, rules }, host);
  };
}

/** The host, and every name that it is below. */
function namesOf(host: string): string[] {
  const names = [host];
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1))
    names.push(host.slice(dot + 1));
  return names;
}

/** The most hashes that one host has to be compared with. */
export function mostHashesOfHost(set: PinSet): number {
  const index = createSetIndex(set);
  const hosts = new Set(
    set.rules.flatMap(({ pattern: { kind, name } }) =>
      kind === 'leaf-cn' ? [] : kind === 'exact' ? [name] : [name, `x.${name}`],
    ),
  );
  let most = 0;
  for (const host of hosts) {
    const applied = index(host);
    const lists = (applied?.rules ?? []).flatMap(({ allOf }) => allOf);
    most = Math.max(
      most,
      lists.reduce((sum, { anyOf }) => sum + anyOf.length, 0),
    );
  }
  return most;
}
