import type { Transition } from '../../core/incident.ts';
import { refusalOf } from '../../core/refusal.ts';
import { backupHint } from './backup-hint.ts';
import { checkStep, newKeyCommands } from './commands.ts';
import type { Step } from './document.ts';
import { endingPinsAdvice } from './ending-pins.ts';
import { endpointNames } from './endpoints.ts';
import { failureAdvice } from './failure-advice.ts';
import { earliest } from './headline.ts';
import { mismatch } from './mismatch-advice.ts';
import { heldSteps } from './publish-advice.ts';
import { registryStep } from './registry-step.ts';
import { readable } from './time.ts';
import { untrusted } from './trust-advice.ts';

/** What to do about an open incident, the most urgent first. */
export function advice(account: string, transition: Transition, now: number): Step[] {
  const { kind, check } = transition;
  switch (kind) {
    case 'pin_mismatch':
      return check.verdict === 'mismatch'
        ? mismatch(account, transition, now)
        : probeAgain(account, transition);
    case 'untrusted': {
      const code = refusalOf(check);
      return code ? untrusted(code, account, transition, now) : probeAgain(account, transition);
    }
    case 'unreachable':
      return unreachable(account, transition);
    case 'certificate_expiring':
      return expiring(account, transition, now);
    case 'no_backup_pin':
      return noBackupPin(account, transition);
    case 'pins_expiring':
      return endingPinsAdvice(account, check);
    case 'pin_mismatch_held':
      return heldSteps(account);
    default:
      return kind satisfies never;
  }
}

function unreachable(account: string, transition: Transition): Step[] {
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
    ...probeAgain(account, transition),
  ];
}

function expiring(account: string, transition: Transition, now: number): Step[] {
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
      ...probeAgain(account, transition),
    ];
  }
  const pinned = check.pins.some(({ pin }) => pin === first.pin);
  const key = pinned
    ? `The key of the leaf is pinned: renew with the same key (certbot: --reuse-key).`
    : `The key of the leaf is not pinned; renew with the same certificate authority, so that the pinned key stays on the path.`;
  return [
    { text: `Renew the certificate ${date}. ${key}${backupHint(check)}` },
    checkStep('Load it on every endpoint, then check', account, transition),
  ];
}

function noBackupPin(account: string, transition: Transition): Step[] {
  return [
    { text: 'Create a new key and its pin:', code: newKeyCommands },
    { text: 'Keep backup.key offline, away from the server, where it can be found in an emergency.' },
    { text: 'Deliver the pin to the apps alongside the current ones.' },
    registryStep(account, transition, {
      text: 'Then add it to pinwatch',
      lines: [
        'pins:',
        ...transition.check.pins.slice(0, 20).map(({ pin }) => `  - ${pin}`),
        '  - THE_PIN_PRINTED_ABOVE',
      ],
      commands: [['pin add', 'THE_PIN_PRINTED_ABOVE']],
    }),
  ];
}

function probeAgain(account: string, transition: Transition): Step[] {
  return [checkStep('Probe it again now', account, transition)];
}
