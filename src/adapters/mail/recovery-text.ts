/** The text of a closed incident: the server is well again, or only what pinwatch expects of it was changed. */
import { appsConnect } from '../../core/apps-connect.ts';
import type { AddedPin, ChangedSet } from '../../core/explanation.ts';
import type { Transition } from '../../core/incident.ts';
import { versionOfSet } from '../../core/pin-set.ts';
import { plural } from '../../core/plural.ts';
import { listed } from '../../core/set-names.ts';
import { headline, lasted } from './headline.ts';
import { readable } from './time.ts';

type Cause = NonNullable<Transition['recovery']>['cause'];

/** Older versions did not record it. */
export function causeOf({ recovery }: Transition): Cause {
  return recovery?.cause ?? 'server';
}

/** Whether what has changed are versions of the signed configuration, and not what apps ship with. */
export function areVersions({ recovery }: Transition): boolean {
  return recovery?.cause === 'pin_sets' && recovery.sets.every(isVersion);
}

function isVersion({ name }: ChangedSet): boolean {
  return versionOfSet(name) !== null;
}

function replacedBriefly(kind: Transition['kind']): string {
  return kind === 'pin_mismatch_held'
    ? 'the old configuration has left the field'
    : 'another configuration is published';
}

/** In a few words, for the subject. */
export function recoveredBriefly(transition: Transition): string {
  const { kind, check } = transition;
  const cause = causeOf(transition);
  switch (cause) {
    case 'pins':
      if (kind === 'no_backup_pin') return 'a backup pin was added';
      return check.pins.length === 0 ? 'its pins were removed' : 'its pins were changed, not its server';
    case 'pin_sets':
      if (areVersions(transition)) return replacedBriefly(kind);
      return kind === 'pins_expiring' ? 'other pin sets apply' : 'its pin sets were changed, not its server';
    case 'settings':
      return 'its settings were changed';
    case 'regions':
      return 'nobody looks from there any more';
    case 'gone':
      return 'it no longer resolves there';
    case 'removed':
      return 'it is no longer watched';
    case 'server':
      return brieflyWell(transition);
    default:
      return cause satisfies never;
  }
}

function brieflyWell({ kind, check }: Transition): string {
  const isWell = appsConnect(check) === 'yes';
  switch (kind) {
    case 'pin_mismatch':
      return isWell ? 'apps can connect again' : 'the pins match again';
    case 'untrusted':
      return isWell ? 'apps can connect again' : 'the chain is trusted again';
    case 'unreachable':
      return 'it answers again';
    case 'certificate_expiring':
      return 'the certificate was renewed';
    case 'no_backup_pin':
      return 'it has a backup pin again';
    case 'pins_expiring':
      return 'no pins end soon';
    case 'pin_mismatch_held':
      return 'old configurations match again';
    default:
      return kind satisfies never;
  }
}

/** The first line. */
export function recovered(transition: Transition): string {
  const { kind, domain, check } = transition;
  const isWell = appsConnect(check) === 'yes';
  const cause = causeOf(transition);
  switch (cause) {
    case 'pins':
      if (kind === 'no_backup_pin') return `${domain} has a backup pin again`;
      return check.pins.length === 0
        ? `${domain} no longer has pins; its server was not changed`
        : `the pins of ${domain} were changed in pinwatch; its server was not`;
    case 'pin_sets':
      if (areVersions(transition)) return `${domain}: ${replacedBriefly(kind)}; its server was not changed`;
      return kind === 'pins_expiring'
        ? `no pins for ${domain} end soon any more`
        : `the pin sets of ${domain} were changed in pinwatch; its server was not`;
    case 'settings':
      return `${domain} is probed with other settings, and this problem is no longer seen`;
    case 'regions':
      return `pinwatch no longer looks at ${domain} from where this problem was seen`;
    case 'gone':
      return `${domain} no longer resolves to the addresses with this problem`;
    case 'removed':
      return `${domain} was removed from pinwatch, and is no longer watched`;
    case 'server':
      if (kind === 'pin_mismatch' || kind === 'untrusted') {
        if (isWell) return `apps can connect to ${domain} again`;
        return kind === 'pin_mismatch'
          ? `the pins of ${domain} match again`
          : `the chain of ${domain} is trusted again`;
      }
      if (kind === 'unreachable') return `${domain} answers again${isWell ? ', and apps can connect' : ''}`;
      if (kind === 'pins_expiring') return `no pins for ${domain} end soon any more`;
      if (kind === 'pin_mismatch_held') return `apps with old configurations connect to ${domain} again`;
      return kind === 'no_backup_pin'
        ? `${domain} has a backup pin again`
        : `the certificate of ${domain} no longer expires soon`;
    default:
      return cause satisfies never;
  }
}

/** What it was, for how long, and why it is over. */
export function whyRecovered(transition: Transition, now: number): string {
  const { since, at, check, recovery } = transition;
  const was = `It was: ${headline(transition, now).cause}. It lasted ${lasted(transition)}, from ${readable(since)} to ${readable(at)}.`;
  const others =
    appsConnect(check) === 'yes' || recovery?.cause === 'removed'
      ? ''
      : ' This domain still has other problems, see below.';
  return `${was} ${causeInWords(transition)}${others}`;
}

function causeInWords(transition: Transition): string {
  const { kind, recovery, provisionedBy } = transition;
  switch (recovery?.cause) {
    case 'pins':
      return kind === 'no_backup_pin' ? who(recovery.pins) : changedPins(recovery.pins);
    case 'pin_sets':
      return changedSets(kind, recovery.sets);
    case 'settings':
      return 'It closed because the settings of this domain in pinwatch were changed: its roots, its addresses or its key types. Whether the server was fixed is unknown; apps that differ from these settings may still fail.';
    case 'regions':
      return `It closed because no worker of ${listed(recovery.regions, 'and')} has been there for a day, so that nobody looks from there any more. Whether the server was fixed is unknown.`;
    case 'gone':
      return 'It closed because the name has not resolved to those addresses for an hour. They were not fixed: clients that still use them fail.';
    case 'removed':
      return removedBy(recovery.by, provisionedBy);
    case 'server':
    case undefined:
      return mended(kind);
    default:
      return recovery satisfies never;
  }
}

function removedBy(by: string | null, file: string | null | undefined): string {
  const how = by === null ? `${file ?? 'the file'} no longer has the domain` : `${by} removed the domain`;
  return `It closed because ${how}, and not because of its server. At the last probe it was as below: apps that still use it may still fail.`;
}

function mended(kind: Transition['kind']): string {
  switch (kind) {
    case 'pin_mismatch':
      return 'The server presents a pinned key again.';
    case 'untrusted':
      return 'The server presents a chain that is trusted again.';
    case 'unreachable':
      return 'The server answers again.';
    case 'certificate_expiring':
      return 'The server presents certificates that expire later.';
    case 'no_backup_pin':
      return 'A different key is in use now.';
    case 'pins_expiring':
      return 'Their dates have changed.';
    case 'pin_mismatch_held':
      return 'The server presents a key again that these versions pin.';
    default:
      return kind satisfies never;
  }
}

function changedSets(kind: Transition['kind'], sets: readonly ChangedSet[]): string {
  const words = sets.map(({ name, change }) => `${name} was ${change}`).join(', ');
  if (sets.every(isVersion)) {
    return kind === 'pin_mismatch_held'
      ? `It closed because no app is expected to hold these versions any more: ${words}.`
      : `It closed because another configuration was published: ${words}. The server was not changed: apps recover when they fetch it.`;
  }
  const effect =
    kind === 'pins_expiring'
      ? 'Apps that are installed keep the dates that they shipped with.'
      : 'The server was not changed: installed apps with the former pins still fail.';
  return `It closed because pin sets were changed in pinwatch: ${words}. ${effect}`;
}

function changedPins(pins: readonly AddedPin[]): string {
  const unchanged = 'The server was not changed:';
  if (pins.length === 0) {
    return `All pins were removed from pinwatch. ${unchanged} apps that have pins still fail.`;
  }
  const those = pins.length === 1 ? 'without this pin' : `without one of these ${plural(pins.length, 'pin')}`;
  return `${who(pins)} ${unchanged} apps ${those} still fail.`;
}

/** Who added which pin, when and why. */
function who(pins: readonly AddedPin[]): string {
  return pins
    .slice(0, 4)
    .map(({ pin, by, at, note }) => {
      const when = at === null ? '' : ` at ${readable(at)}`;
      const why = note === null ? '' : ` ("${note}")`;
      // Who wrote a pin into the file is unknown.
      if (at === null && by !== null) return `${pin} was added in ${by}.`;
      return by === null ? `${pin} was added.` : `${by} added ${pin}${when}${why}.`;
    })
    .join(' ');
}

/** What is left to do. */
export function afterwards(transition: Transition): string {
  const { kind, check } = transition;
  const unseen = check.pins.filter(({ seen }) => !seen).length;
  const isOver = 'There will be no further mail about this incident.';
  const cause = causeOf(transition);
  switch (cause) {
    case 'pins':
      if (kind === 'no_backup_pin')
        return `Deliver the pin to the apps, if they don't have it yet. ${isOver}`;
      return `Deliver the pins to the apps that don't have them, or put the previous key back on the server: until then these apps are locked out. ${isOver}`;
    case 'pin_sets':
      return kind === 'pins_expiring' || areVersions(transition)
        ? `Nothing. ${isOver}`
        : `Make sure that no installed app still has the former pins. ${isOver}`;
    case 'settings':
      return `Make sure that the settings match the apps. ${isOver}`;
    case 'regions':
      return `Start a worker there again, or look yourself whether apps can connect from there. ${isOver}`;
    case 'removed':
      return `If apps still use it, add it again with its pins: what is wrong is then found and told anew. ${isOver}`;
    case 'gone':
      return `Fix the servers at these addresses before the name resolves to them again. ${isOver}`;
    case 'server':
      if (appsConnect(check) !== 'yes')
        return 'This incident needs nothing more. The findings above have their own incidents.';
      return unseen === 0 && check.pins.length > 0
        ? 'Nothing now. But no backup pin is left: the next key change would break every app again.'
        : `Nothing. ${isOver}`;
    default:
      return cause satisfies never;
  }
}
