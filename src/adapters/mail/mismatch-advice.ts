/** What to do about keys that are not pinned. */
import type { Check, CheckedEndpoint } from '../../core/check.ts';
import type { Transition } from '../../core/incident.ts';
import { partsOf } from '../../core/mismatch-parts.ts';
import { keyTypes } from '../../core/observation.ts';
import { ownSetName } from '../../core/pin-set.ts';
import { onlySomeMismatch } from '../../core/seen-from.ts';
import { listed } from '../../core/set-names.ts';
import { undoing } from './change-words.ts';
import { checkStep } from './commands.ts';
import type { Step } from './document.ts';
import { endpointCount, endpointNames } from './endpoints.ts';
import { byName } from './natural.ts';
import { publishSteps } from './publish-advice.ts';
import { regionStep } from './region-words.ts';
import { registryStep } from './registry-step.ts';
import { failingSets, isPublished, releaseSteps, rescuePins } from './set-words.ts';

/** The step that ends the outage comes first, whatever the cause. Whether the change was intended can wait. */
export function mismatch(account: string, transition: Transition, now: number): Step[] {
  const { check } = transition;
  const bad = check.endpoints.filter((endpoint) => endpoint.verdict === 'mismatch');
  const isPartial =
    check.endpoints.some((endpoint) => endpoint.verdict === 'match') ||
    partsOf(check.endpoints).mixed.length > 0;
  const some = onlySomeMismatch(check.endpoints);
  const steps =
    some !== null
      ? [regionStep(some), ...checkWhatDiffers(account, transition, bad)]
      : isPartial
        ? bringIntoLine(account, transition)
        : [rollBack(transition, bad, now)];
  const failing = failingSets(check);
  const isOwn = failing.length === 0 || failing.some(({ name }) => name === ownSetName);
  const isPublic = failing.some(isPublished);
  return [
    ...steps,
    ...outsidePath(check),
    intent(bad, isPublic ? 'published' : isOwn ? 'own' : 'shipped'),
    ...(isPublic
      ? publishSteps(
          account,
          isOwn ? [addStep(account, transition, bad, 'Add the pin of the new key to pinwatch')] : [],
        )
      : isOwn
        ? [
            addStep(
              account,
              transition,
              bad,
              'Only if it was intended, and once the apps have the pin, add it to pinwatch',
              'this alone repairs no app',
            ),
          ]
        : []),
    ...releaseSteps(account, check),
  ];
}

function rollBack({ check, change }: Transition, bad: readonly CheckedEndpoint[], now: number): Step {
  const rescue = rescuePins(check);
  const undo = undoing(change, now);
  return {
    text: `Repair the apps first: go back to the previous certificate and key on ${endpointNames(bad)}, or have your CDN or hosting do it.${undo === null ? '' : ` ${undo}`} Any certificate with one of these keys on its path works at once:`,
    code: rescue.length > 0 ? rescue : check.pins.slice(0, 20).map(({ pin }) => pin),
  };
}

/** An address that serves one key type correctly must stay in service, whatever its other type does. */
function bringIntoLine(account: string, transition: Transition): Step[] {
  const { endpoints } = transition.check;
  const { whole, besides, mixed } = partsOf(endpoints);
  return [
    ...(whole.length > 0 ? [differing(whole, endpoints)] : []),
    ...(besides.length > 0 ? [secondCertificate(besides)] : []),
    ...(mixed.length > 0 ? [oneOfSeveral(mixed)] : []),
    ...checkWhatDiffers(account, transition, [...whole, ...besides, ...mixed]),
  ];
}

function checkWhatDiffers(account: string, transition: Transition, bad: readonly CheckedEndpoint[]): Step[] {
  const addresses = [...new Set(bad.flatMap(({ address }) => address ?? []))].sort(byName).slice(0, 4);
  const types = keyTypes.filter((type) => bad.some(({ keyType }) => keyType === type));
  const regions = [...new Set(bad.flatMap(({ region }) => region ?? []))].sort();
  const where = regions.length === 0 ? '' : `, from a machine in ${listed(regions, 'or')}`;
  const narrowed = { connect: addresses, ...(types.length === 1 ? { keyTypes: types } : {}) };
  return [checkStep(`Then check only what differed${where}`, account, transition, narrowed)];
}

function differing(whole: readonly CheckedEndpoint[], endpoints: readonly CheckedEndpoint[]): Step {
  const well = endpoints.filter(({ verdict }) => verdict === 'match').length;
  const others = well > 0 ? `${endpointCount(well)} ${well === 1 ? 'matches' : 'match'}` : 'others match';
  return {
    text: `Only ${endpointNames(whole)} ${whole.length === 1 ? 'differs' : 'differ'}: ${others}. Do one of these:`,
    either: [
      { text: 'Give it the certificate and key of the others.' },
      { text: 'Take it out of DNS or the load balancer until it has them.' },
    ],
  };
}

function secondCertificate(besides: readonly CheckedEndpoint[]): Step {
  const types = listed([...new Set(besides.map(({ keyType }) => keyType))], 'and');
  return {
    text: `Only the ${types} certificate differs, at ${addressesOf(besides)}; another key type at the same address matches. Leave the addresses in service, and do one of these:`,
    either: [
      { text: `Replace the ${types} certificate with one whose key is pinned.` },
      {
        text: `Stop serving it: remove the ${types} certificate and its key from the server, and every client gets the other one.`,
      },
      {
        text: 'If it is meant to stay, ship its pin in the apps (see below); until they have it, some of them fail.',
      },
    ],
  };
}

function oneOfSeveral(mixed: readonly CheckedEndpoint[]): Step {
  return {
    text: `Some connections to ${endpointNames(mixed)} are shown a different key: there are several servers behind the address. Leave the address in service, find the server with the wrong certificate (repeat the check below), and do one of these:`,
    either: [
      { text: 'Give it the certificate and key of the others.' },
      { text: 'Take it out of the load balancer until it has them.' },
    ],
  };
}

function addressesOf(endpoints: readonly CheckedEndpoint[]): string {
  const addresses = [...new Set(endpoints.map(({ address }) => address ?? 'no address'))].sort(byName);
  const hidden = addresses.length - 8;
  return hidden > 0 ? `${addresses.slice(0, 8).join(', ')} and ${hidden} more` : addresses.join(', ');
}

/** The pinned key is there, where no app looks for it. */
function outsidePath({ findings, endpoints, pins }: Check): Step[] {
  if (!findings.some(({ code }) => code === 'pin_outside_path')) return [];
  const [stray] = endpoints.flatMap(({ presented, path }) =>
    presented.filter(
      ({ pin }) => pins.some((pinned) => pinned.pin === pin) && !path.some((entry) => entry.pin === pin),
    ),
  );
  const which = stray === undefined ? 'a certificate' : `"${stray.subject}" (${stray.pin}), a certificate`;
  return [
    {
      text: `A pinned key is sent, but on ${which} outside the validated path, where apps ignore it: it did not issue the leaf. Usually the file that the server loads holds parts of two chains. Do one of these:`,
      either: [
        { text: 'Serve the leaf and the chain that this certificate belongs to.' },
        { text: 'If it is the certificate of an authority, have the leaf issued under it again.' },
      ],
    },
  ];
}

/** `whose`: who has to get the new pin, if the change was intended. */
function intent(bad: readonly CheckedEndpoint[], whose: 'own' | 'published' | 'shipped'): Step {
  const fingerprints = new Set(
    bad.flatMap(({ presented: [leaf] }) => (leaf ? [leaf.certificateSha256] : [])),
  );
  const intended: Readonly<Record<typeof whose, Step>> = {
    own: {
      text: 'It was intended: deliver the pin of the new key to the apps. Apps that do not get it stay locked out.',
      code: newLeaves(bad).map(([pin, key]) => `${pin}  (${key})`),
    },
    published: { text: 'It was intended: apps can have the new key without a release, by the next steps.' },
    shipped: { text: 'It was intended: only a new version of the app helps, see the next steps.' },
  };
  return {
    text: 'Then find out whether the change was intended: compare the certificate presented with those that you issued and deployed. SHA-256 of the certificate:',
    code: [...fingerprints].slice(0, 4),
    either: [
      {
        text: 'It was not intended, or you do not recognize the key: find out who made the change, and treat it as possible interception until it is explained.',
      },
      intended[whose],
    ],
  };
}

function addStep(
  account: string,
  transition: Transition,
  bad: readonly CheckedEndpoint[],
  text: string,
  note?: string,
): Step {
  const added = newLeaves(bad);
  return registryStep(account, transition, {
    text,
    ...(note === undefined ? {} : { note }),
    lines: [
      'pins:',
      ...transition.check.pins.slice(0, 20).map(({ pin }) => `  - ${pin}`),
      ...added.map(([pin]) => `  - ${pin} # new`),
    ],
    commands: added.map(([pin]) => ['pin add', pin]),
  });
}

/** The leaves that are not pinned, each key once. */
function newLeaves(bad: readonly CheckedEndpoint[]): (readonly [pin: string, key: string])[] {
  const leaves = bad.flatMap(({ presented: [leaf] }) => (leaf ? [[leaf.pin, leaf.key] as const] : []));
  return [...new Map(leaves)].slice(0, 4);
}
