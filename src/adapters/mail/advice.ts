import type { Check, CheckedEndpoint } from '../../core/check.ts';
import type { Transition } from '../../core/incident.ts';
import { ownSetName } from '../../core/pin-set.ts';
import { refusalOf } from '../../core/refusal.ts';
import { backupHint } from './backup-hint.ts';
import { checkStep, newKeyCommands, serviceCommand } from './commands.ts';
import type { Step } from './document.ts';
import { endingPinsAdvice } from './ending-pins.ts';
import { endpointNames } from './endpoints.ts';
import { failureAdvice } from './failure-advice.ts';
import { earliest } from './headline.ts';
import { byName } from './natural.ts';
import { partsOf } from './partial.ts';
import { heldSteps, publishSteps } from './publish-advice.ts';
import { failingSets, isPublished, releaseSteps, rescuePins } from './set-words.ts';
import { readable } from './time.ts';
import { untrusted } from './trust-advice.ts';

/** What to do about an open incident, the most urgent first. */
export function advice(account: string, transition: Transition, now: number): Step[] {
  const { kind, domain, check } = transition;
  switch (kind) {
    case 'pin_mismatch':
      return check.verdict === 'mismatch' ? mismatch(account, transition) : probeAgain(transition);
    case 'untrusted': {
      const code = refusalOf(check);
      return code ? untrusted(code, account, transition) : probeAgain(transition);
    }
    case 'unreachable':
      return unreachable(transition);
    case 'certificate_expiring':
      return expiring(transition, now);
    case 'no_backup_pin':
      return noBackupPin(account, domain, check);
    case 'pins_expiring':
      return endingPinsAdvice(account, check);
    case 'pin_mismatch_held':
      return heldSteps(account);
    default:
      return kind satisfies never;
  }
}

/** The step that ends the outage comes first, whatever the cause. Whether the change was intended can wait. */
function mismatch(account: string, transition: Transition): Step[] {
  const { domain, check } = transition;
  const bad = check.endpoints.filter((endpoint) => endpoint.verdict === 'mismatch');
  const isPartial =
    check.endpoints.some((endpoint) => endpoint.verdict === 'match') ||
    partsOf(check.endpoints).mixed.length > 0;
  const steps = isPartial ? bringIntoLine(transition) : [rollBack(check, bad)];
  if (check.findings.some((finding) => finding.code === 'pin_outside_path')) {
    steps.push({
      text: 'A pinned key is sent, but on a certificate outside the validated path, where apps ignore it. Serve the chain it belongs to.',
    });
  }
  const failing = failingSets(check);
  const isOwn = failing.length === 0 || failing.some(({ name }) => name === ownSetName);
  return [
    ...steps,
    ...unintended(bad),
    ...(failing.some(isPublished)
      ? publishSteps(account, isOwn ? addSteps(account, domain, check, bad) : [])
      : isOwn
        ? intended(account, domain, check, bad)
        : []),
    ...releaseSteps(account, check),
  ];
}

function rollBack(check: Check, bad: readonly CheckedEndpoint[]): Step {
  const { pins } = check;
  const rescue = rescuePins(check);
  return {
    text: `Repair the apps first: go back to the previous certificate and key on ${endpointNames(bad)}, or have your CDN or hosting do it. Any certificate with one of these keys on its path works at once:`,
    code: rescue.length > 0 ? rescue : pins.slice(0, 20).map(({ pin }) => pin),
  };
}

/** An address that serves one key type correctly must stay in service, whatever its other type does. */
function bringIntoLine(transition: Transition): Step[] {
  const { whole, besides, mixed } = partsOf(transition.check.endpoints);
  const wholeText = `These endpoints differ from the rest: ${endpointNames(whole)}. Give them the certificate of the others, or take them out of DNS or the load balancer until they have it.`;
  const besidesText = `These endpoints present a different key, while another key type at the same address matches: ${endpointNames(besides)}. Replace that second certificate with one whose key is pinned, or stop serving that key type until then; leave the addresses in service.`;
  const mixedText = `Some connections to these endpoints are shown a different key: ${endpointNames(mixed)}. There are several servers behind the address. Find the one with the wrong certificate (repeat the check below) and give it the certificate of the others, or take it out of the load balancer; leave the address in service.`;
  const bad = [...whole, ...besides, ...mixed].flatMap(({ address }) => (address === null ? [] : [address]));
  const addresses = [...new Set(bad)].sort(byName).slice(0, 4);
  const texts = [
    ...(whole.length > 0 ? [wholeText] : []),
    ...(besides.length > 0 ? [besidesText] : []),
    ...(mixed.length > 0 ? [mixedText] : []),
  ];
  return [
    ...texts.slice(0, -1).map((text) => ({ text })),
    checkStep(`${texts.at(-1) ?? ''} Then check only them`, transition, addresses),
  ];
}

function unintended(bad: readonly CheckedEndpoint[]): Step[] {
  const fingerprints = new Set(
    bad.flatMap(({ presented: [leaf] }) => (leaf ? [leaf.certificateSha256] : [])),
  );
  return [
    {
      text: 'If the change was not intended, find out who made it. Compare the certificate presented with those that you issued and deployed. If nobody on your side recognizes its key, treat it as possible interception until explained. SHA-256 of the certificate:',
      code: [...fingerprints].slice(0, 4),
    },
  ];
}

/** Apps in the field know the pins they shipped with. A pin added today helps only the apps that can still get it. */
function intended(account: string, domain: string, check: Check, bad: readonly CheckedEndpoint[]): Step[] {
  return [
    {
      text: 'If it was intended, deliver the pin of the new key to the apps. Apps that do not get it stay locked out.',
      code: newLeaves(bad).map(([pin, key]) => `${pin}  (leaf, ${key})`),
    },
    ...addSteps(
      account,
      domain,
      check,
      bad,
      'Once the apps have it, add it to pinwatch; this alone repairs no app.',
    ),
  ];
}

function addSteps(
  account: string,
  domain: string,
  { host, pins }: Check,
  bad: readonly CheckedEndpoint[],
  intro = 'Add the pin of the new key to pinwatch.',
): Step[] {
  const added = newLeaves(bad);
  return [
    {
      text: `${intro} If the domain is in the configuration file, add it there, under accounts: ${account}, host: ${host}, and restart:`,
      code: [
        'pins:',
        ...pins.slice(0, 20).map(({ pin }) => `  - ${pin}`),
        ...added.map(([pin]) => `  - ${pin} # new`),
      ],
    },
    {
      text: 'If it was added at runtime:',
      code: added.map(([pin]) => serviceCommand('pin add', account, domain, pin)),
    },
  ];
}

/** The leaves that are not pinned, each key once. */
function newLeaves(bad: readonly CheckedEndpoint[]): (readonly [pin: string, key: string])[] {
  const leaves = bad.flatMap(({ presented: [leaf] }) => (leaf ? [[leaf.pin, leaf.key] as const] : []));
  return [...new Map(leaves)].slice(0, 4);
}

function unreachable(transition: Transition): Step[] {
  const { endpoints } = transition.check;
  const codes = new Set(endpoints.flatMap(({ failure }) => (failure ? [failure.code] : [])));
  const steps = [...codes].map((code): Step => {
    const where = endpoints.filter(({ failure }) => failure?.code === code);
    return { text: `${code}, on ${endpointNames(where)}. ${failureAdvice[code]}` };
  });
  return [
    ...steps,
    {
      text: "If the domain works from elsewhere, pinwatch's own network is at fault: check whether other domains fail too.",
    },
    ...probeAgain(transition),
  ];
}

function expiring(transition: Transition, now: number): Step[] {
  const { check } = transition;
  const first = earliest(check);
  const endpoint = check.endpoints.find(({ presented }) => first && presented.includes(first));
  const isLeaf = first !== undefined && endpoint?.presented[0] === first;
  const isDue = first !== undefined && Date.parse(first.notAfter) > now;
  const date = isDue ? `before ${readable(first.notAfter)}` : 'now';
  if (!isLeaf) {
    return [
      {
        text: `It is not the leaf that expires but "${first?.subject ?? ''}", sent along with it. Get the current chain from the certificate authority and serve it ${date}.${backupHint(check)}`,
      },
      ...probeAgain(transition),
    ];
  }
  const pinned = check.pins.some(({ pin }) => pin === first.pin);
  const key = pinned
    ? `The key of the leaf is pinned: renew with the same key (certbot: --reuse-key).`
    : `The key of the leaf is not pinned; renew with the same certificate authority, so that the pinned key stays on the path.`;
  return [
    { text: `Renew the certificate ${date}. ${key}${backupHint(check)}` },
    checkStep('Load it on every endpoint, then check', transition),
  ];
}

function noBackupPin(account: string, domain: string, check: Check): Step[] {
  return [
    { text: 'Create a new key and its pin:', code: newKeyCommands },
    { text: 'Keep backup.key offline, away from the server, where it can be found in an emergency.' },
    { text: 'Deliver the pin to the apps alongside the current ones.' },
    {
      text: `Then add it to pinwatch. If the domain is in the configuration file, add it there, under accounts: ${account}, host: ${check.host}, and restart:`,
      code: ['pins:', ...check.pins.slice(0, 20).map(({ pin }) => `  - ${pin}`), '  - THE_PIN_PRINTED_ABOVE'],
    },
    {
      text: 'If it was added at runtime:',
      code: [serviceCommand('pin add', account, domain, 'THE_PIN_PRINTED_ABOVE')],
    },
  ];
}

function probeAgain(transition: Transition): Step[] {
  return [checkStep('Probe it again now', transition)];
}
