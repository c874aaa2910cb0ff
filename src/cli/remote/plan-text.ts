/** A plan for people. The caller has made names from the API safe to print. */
import { type Delivery, deliveryText } from '../../core/delivery.ts';
import { grouped } from '../../core/grouped.ts';
import { plural } from '../../core/plural.ts';
import { type Paint, painter } from '../layout.ts';
import type { ChannelNamed, Plan, Step } from './plan.ts';

export function planText(plan: Plan, colour: boolean): string {
  const paint = painter(colour);
  const kept = plan.kept.map(({ domain, because }) =>
    because === 'prune'
      ? paint('dim', `- domain ${domain} (kept: --prune removes it)`)
      : paint('dim', `= domain ${domain} (kept: it comes from a file on the server)`),
  );
  const lines = [`account ${plan.account}`, ...plan.steps.flatMap((step) => stepLines(step, paint)), ...kept];
  return [...lines, ...(plan.steps.length === 0 ? ['nothing to do'] : [])]
    .map((line) => `${line}\n`)
    .join('');
}

/** What a run without `--dry-run` would do, in one line. */
export function totalText(plans: readonly Plan[]): string {
  const steps = plans.flatMap((plan) => plan.steps);
  if (steps.length === 0) return 'Dry run: nothing to do\n';
  const counted = [...grouped(steps, verbOf)].map(
    ([first, ...more]) => `${1 + more.length} to ${verbOf(first)}`,
  );
  return `Dry run: ${plural(steps.length, 'change')} to make (${counted.join(', ')}); nothing was changed\n`;
}

function verbOf({ action }: Step): 'add' | 'change' | 'remove' {
  switch (action) {
    case 'create_account':
    case 'add_domain':
      return 'add';
    case 'remove_domain':
    case 'remove_pin_set':
      return 'remove';
    case 'change_contacts':
    case 'change_platforms':
    case 'change_channels':
    case 'change_domain':
    case 'change_pins':
    case 'import_pin_set':
      return 'change';
    default:
      return action satisfies never;
  }
}

/** The first line names the step. */
export function stepLines(step: Step, paint: Paint): string[] {
  switch (step.action) {
    case 'create_account':
      return [
        plus(paint, `account with contacts ${step.contacts.join(', ')}`),
        ...(step.platforms ? [plus(paint, `account: ${settingsText({ platforms: step.platforms })}`)] : []),
        ...(step.channels ? [plus(paint, `account: ${channelsText(step.channels)}`)] : []),
      ];
    case 'change_contacts':
      return [tilde(paint, 'contacts:'), ...differences(step, paint)];
    case 'change_platforms':
      return [tilde(paint, `account: ${settingsText({ platforms: step.platforms })}`)];
    case 'change_channels':
      return [tilde(paint, `account: ${channelsText(step.channels)}`)];
    case 'add_domain':
      return [
        plus(
          paint,
          `domain ${step.domain}${step.pins.length === 0 ? ' (pinned to the leaf that it presents)' : ':'}`,
        ),
        ...differences({ added: step.pins, removed: [] }, paint),
      ];
    case 'change_domain':
      return [tilde(paint, `settings of ${step.domain}: ${settingsText(step.settings)}`)];
    case 'change_pins':
      return [tilde(paint, `pins of ${step.domain}:`), ...differences(step, paint)];
    case 'remove_domain':
      return [paint('red', `- domain ${step.domain}`)];
    case 'import_pin_set': {
      const { pinSet, isNew, import: body } = step;
      const app = body.appVersion === undefined ? '' : ` (${body.appVersion})`;
      return [(isNew ? plus : tilde)(paint, `pin set ${pinSet}${app}`)];
    }
    case 'remove_pin_set':
      return [paint('red', `- pin set ${step.pinSet}`)];
    default:
      return step satisfies never;
  }
}

function channelsText(channels: readonly ChannelNamed[]): string {
  return `channels ${channels.map(({ name, type }) => `${name} (${type})`).join(', ') || 'none'}`;
}

function settingsText(settings: Readonly<Record<string, unknown>> | object): string {
  return Object.entries(settings)
    .map(([key, value]) => {
      if (value === null) return `no ${key}`;
      if (key === 'deliver') return `${key} ${deliveryText(value as Delivery)}`;
      return Array.isArray(value) ? `${key} ${value.join(', ') || 'none'}` : key;
    })
    .join('; ');
}

function differences(
  { added, removed }: { readonly added: readonly string[]; readonly removed: readonly string[] },
  paint: Paint,
): string[] {
  return [
    ...removed.map((item) => paint('red', `    - ${item}`)),
    ...added.map((item) => paint('green', `    + ${item}`)),
  ];
}

const plus = (paint: Paint, text: string) => paint('green', `+ ${text}`);
const tilde = (paint: Paint, text: string) => paint('yellow', `~ ${text}`);
