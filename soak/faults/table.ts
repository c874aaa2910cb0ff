/** All faults, as docs/reliability.md lists them. */
import type { Draw } from '../draw.ts';
import type { Fleet } from '../fleet.ts';
import type { FaultKind, Lane } from './fault.ts';
import { mailFaults } from './mail.ts';
import { nameFaults } from './names.ts';
import { processFaults } from './processes.ts';
import { storeFaults } from './store.ts';
import { targetFaults } from './target.ts';

export const faultKinds: readonly FaultKind[] = [
  ...storeFaults,
  ...processFaults,
  ...mailFaults,
  ...nameFaults,
  ...targetFaults,
];

export interface DrawnFault {
  readonly kind: FaultKind;
  readonly lane: Lane;
}

export interface FaultTable {
  /** What this machine can't make, with the reason. */
  readonly skipped: readonly string[];
  /** Up to so many faults, at least one, of different lanes. */
  draw(draw: Draw, most: number): DrawnFault[];
}

/** Throws if nothing is left to draw. */
export function faultTable(fleet: Fleet): FaultTable {
  const { only, workers, targets, store: own } = fleet.options;
  const ofFleet = faultKinds.filter(({ store = own }) => store === own);
  const parts = only?.toLowerCase().split(',') ?? [''];
  const wanted = ofFleet.filter(({ name }) => parts.some((part) => name.toLowerCase().includes(part)));
  // The first worker and the first server of APIs never fail.
  const numbered = (name: 'worker' | 'target', count: number) =>
    Array.from({ length: count - 1 }, (_, index): [Lane, FaultKind['lanes']] => [
      `${name}-${index + 2}`,
      name,
    ]);
  const lanes: [Lane, FaultKind['lanes']][] = [
    ...(['store', 'mail', 'names', 'server'] as const).map((lane): [Lane, FaultKind['lanes']] => [
      lane,
      lane,
    ]),
    ...numbered('worker', workers),
    ...numbered('target', targets),
  ];
  const reasonAgainst = ({ lanes: of, unavailable }: FaultKind) =>
    lanes.some(([, has]) => has === of) ? (unavailable?.(fleet) ?? null) : 'the only worker never fails';
  const reasons = new Map(wanted.map((kind) => [kind, reasonAgainst(kind)]));
  const available = wanted.filter((kind) => reasons.get(kind) === null);
  const skipped = wanted
    .filter((kind) => reasons.get(kind) !== null)
    .map((kind) => `${kind.name}: ${reasons.get(kind)}`);
  if (available.length === 0) {
    throw new Error(`no fault to draw: ${skipped.join('; ') || `none has "${only}" in its name`}`);
  }
  const usable = lanes.filter(([, of]) => available.some(({ lanes: has }) => has === of));
  return {
    skipped,
    draw(draw, most) {
      const drawn = draw.some(usable, 1 + draw.below(most));
      return drawn.flatMap(([lane, of]): DrawnFault[] => {
        const kind = draw.weighted(available.filter(({ lanes: has }) => has === of));
        return kind === undefined ? [] : [{ kind, lane }];
      });
    },
  };
}
