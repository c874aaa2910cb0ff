import { plural } from './plural.ts';
import { spreadBy } from './rotation-details.ts';
import type { RotationFacts } from './rotation-facts.ts';
import type { Standing } from './rotation-standing.ts';

/** What comes next and why, in one or two sentences; null if the rotation has ended. */
export function adviceFor({ step, mayDeploy, endpoints }: Standing, facts: RotationFacts): string | null {
  const { delivered } = facts;
  const left = endpoints.filter(({ presents }) => presents !== 'new').length;
  switch (step) {
    case null:
      return null;
    case 'pin':
      return 'Pin the new key as a backup. No server has it yet, so no app can fail.';
    case 'publish':
      return delivered.length > 0
        ? 'Publish, so that apps accept the new key before any server presents it. Do not deploy the certificate yet.'
        : 'Release an app version with the new pin, and say so. Do not deploy the certificate yet.';
    case 'adopt':
      return 'Wait until the installed apps have the new pin. Do not deploy the certificate yet: apps without the pin would fail.';
    case 'deploy':
      return mayDeploy && left === endpoints.length
        ? deployWhen(spreadBy(facts))
        : `Deploy the certificate everywhere: ${plural(left, 'endpoint')} left.`;
    case 'retire':
      return 'Every endpoint presents the new key. Remove the old pin, so that apps stop accepting the old key.';
    case 'drop':
      return 'Publish once more: until then apps still accept the old key.';
    case 'finish':
      return 'Nothing is left to do: close the rotation.';
    default:
      return step satisfies never;
  }
}

function deployWhen(by: string | null): string {
  return by === null
    ? 'Deploy the certificate now: apps accept the old key and the new one.'
    : `Deploy the certificate from ${by} on: by then, all apps in use accept the old key and the new one.`;
}
