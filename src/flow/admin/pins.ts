import { rfc3339 } from '../../core/clock.ts';
import type { Domain, PinNote } from '../../core/domain.ts';
import { mostPins, type Pin } from '../../core/pin.ts';
import { pinChangeRefusal } from '../../core/pin-guard.ts';
import type { DomainRef } from '../probe-store.ts';
import type { Stored } from './admin-store.ts';
import { type DomainPorts, edit } from './domains.ts';
import { type Actor, type Outcome, refuse, unknownDomain } from './outcome.ts';

export interface PinChange {
  /** All pins that the domain has afterwards, in order. */
  readonly pins: readonly Pin[];
  /** The reason for the new pins; required for a forced change. */
  readonly note: string;
  /** Make the change although the apps would fail. */
  readonly force: boolean;
}

/** Changes a domain's pins, unless the guard finds that apps would fail. */
export async function changePins(
  ref: DomainRef,
  { pins, note, force }: PinChange,
  expected: string | undefined,
  actor: Actor,
  ports: DomainPorts,
): Promise<Outcome<Stored<Domain>>> {
  const { adminStore, clock } = ports;
  if (pins.length > mostPins)
    return refuse('unprocessable', `expected at most ${mostPins} pins, found ${pins.length}`);
  const [found, record] = await Promise.all([adminStore.domain(ref), adminStore.record(ref)]);
  if (found === null) return unknownDomain(ref.domain);
  const before = found.value.pins;
  const reason =
    found.value.provisionedBy === undefined
      ? pinChangeRefusal(before, pins, record?.lastCheck ?? null)
      : null;
  if (reason !== null && !force) return refuse('guarded', reason);
  if (reason !== null && note.trim() === '') {
    return refuse('guarded', `${reason}. To do it anyway, give the reason in a note`);
  }
  const at = rfc3339(clock());
  const merged = (domain: Domain): Domain => {
    const known = new Map(Object.entries(domain.pinNotes ?? {}));
    const notes = pins.flatMap((pin): [Pin, PinNote][] => {
      const noted = known.get(pin) ?? (before.includes(pin) ? undefined : { note, by: actor.name, at });
      return noted ? [[pin, noted]] : [];
    });
    return { ...domain, pins, pinNotes: Object.fromEntries(notes) };
  };
  const detail = describe(before, pins, note, reason !== null);
  // What was judged must still be stored: the change is bound to the text that was read, whoever the caller is.
  const what = { action: 'pins_changed', detail } as const;
  return edit(ref, merged, expected ?? found.text, what, actor, ports);
}

function describe(before: readonly Pin[], after: readonly Pin[], note: string, forced: boolean): string {
  const added = after.filter((pin) => !before.includes(pin)).map((pin) => `+${pin}`);
  const removed = before.filter((pin) => !after.includes(pin)).map((pin) => `-${pin}`);
  return [...added, ...removed, ...(forced ? ['forced'] : []), ...(note ? [`note: ${note}`] : [])].join(' ');
}
