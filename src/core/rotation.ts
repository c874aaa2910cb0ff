/** What a release needs before a key changes, and what a later one can leave out. */
import type { Pin } from './pin.ts';
import type { SeenKeys } from './seen-key.ts';

export interface Rotation {
  /** Today's pins and the next one. */
  readonly pins: readonly Pin[];
  /** For the app's developer: one sentence each. */
  readonly notes: readonly string[];
}

export function rotationTo(next: Pin, host: string, today: readonly Pin[], seen: SeenKeys): Rotation {
  const others = today.filter((pin) => pin !== next);
  const at = (pin: Pin) => seen.get(pin)?.at;
  const leaves = others.filter((pin) => at(pin)?.has('leaf'));
  const authorities = others.filter((pin) => at(pin)?.has('ca') && !at(pin)?.has('leaf'));
  const unseen = others.filter((pin) => at(pin) === undefined);
  const inUse = [...leaves, ...authorities];
  const notes = [
    at(next) === undefined
      ? `${host}: release this, wait until every app version in use has it, and only then present ${next}.`
      : `${host}: ${next} is presented already, so app versions without it fail unless another pin matches.`,
    ...(leaves.length > 0
      ? [`${host}: drop later, once no server presents it any more: ${leaves.join(', ')}.`]
      : []),
    ...(authorities.length > 0
      ? [`${host}: drop later, if the new key is certified by another authority: ${authorities.join(', ')}.`]
      : []),
    ...(inUse.length === 0
      ? [`${host}: no probe has seen a key of today's pins, so which one to drop later is unknown.`]
      : unseen.map((pin) => `${host}: not presented now, keep it if it is the backup: ${pin}.`)),
  ];
  return { pins: [...others, next], notes };
}
