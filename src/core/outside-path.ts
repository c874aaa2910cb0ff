import type { CheckedEndpoint } from './check.ts';
import { extent, whole } from './extent.ts';
import type { Finding } from './finding.ts';
import type { JudgedSet } from './judged-set.ts';
import { ownSetName } from './pin-set.ts';
import { areNamed, concerned, listed } from './set-names.ts';

interface Facts {
  readonly endpoints: readonly CheckedEndpoint[];
  readonly sets: readonly JudgedSet[];
}

interface Stray {
  readonly name: string;
  readonly pin: string;
  readonly endpoints: readonly CheckedEndpoint[];
  /** The set mismatches on one of them. */
  readonly isCause: boolean;
}

/** The classic cause of "but I can see the pinned certificate in the chain": it is sent, but is not on the path. */
export function outsidePath({ endpoints, sets }: Facts): Finding[] {
  const strays = sets.filter(({ decides }) => decides).flatMap((set) => strayOf(set, endpoints, sets.length));
  if (strays.length === 0) return [];
  const groups = new Map<string, Stray[]>();
  for (const stray of strays) {
    const key = JSON.stringify([
      stray.pin,
      stray.endpoints.map(({ address, keyType }) => [address, keyType]),
    ]);
    groups.set(key, [...(groups.get(key) ?? []), stray]);
  }
  const message = [...groups.values()]
    .map((group) => sentence(group, endpoints.length, areNamed(sets)))
    .join('; ');
  const severity = strays.some(({ isCause }) => isCause) ? 'critical' : 'info';
  const names = strays.map(({ name }) => name);
  return [{ code: 'pin_outside_path', severity, message, ...concerned(sets, names) }];
}

function strayOf({ name, hashes }: JudgedSet, endpoints: readonly CheckedEndpoint[], count: number): Stray[] {
  const found = endpoints.flatMap((endpoint) => {
    const { presented, path, matched } = endpoint;
    const onPath = new Set(path.map((entry) => entry.pin));
    const isMatch = (pin: string) => name === ownSetName && matched?.pin === pin;
    const stray = presented.find(({ pin }) => hashes.includes(pin) && !onPath.has(pin) && !isMatch(pin));
    return stray === undefined ? [] : [{ endpoint, pin: stray.pin }];
  });
  const [first] = found;
  if (first === undefined) return [];
  const isFailing = ({ verdict, pinSets }: CheckedEndpoint) =>
    verdict === 'mismatch' && (count === 1 || pinSets === undefined || pinSets.includes(name));
  return [
    {
      name,
      pin: first.pin,
      endpoints: found.map(({ endpoint }) => endpoint),
      isCause: found.some(({ endpoint }) => isFailing(endpoint)),
    },
  ];
}

function sentence(group: readonly Stray[], total: number, areSetsNamed: boolean): string {
  const [{ pin, endpoints }] = group as readonly [Stray];
  const names = group.map(({ name }) => name);
  const verb = names.length === 1 ? 'pins' : 'pin';
  const key = areSetsNamed
    ? `the key that ${listed(names, 'and')} ${verb}, ${pin},`
    : `the pinned key ${pin}`;
  return `${key} is sent by ${extent(endpoints.map(whole), total)}, but on a certificate outside the validated path, where it does not count`;
}
