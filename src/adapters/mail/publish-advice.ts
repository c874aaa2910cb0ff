/** What helps apps that get their pins from the signed configuration. */
import type { Step } from './document.ts';

/** Another configuration reaches them without a release. `add`: how the registry gets the new pin, if it lacks it. */
export function publishSteps(account: string, add: readonly Step[]): Step[] {
  const reach = 'Active apps have it within 5 minutes, and the others fetch it when they fail';
  return [
    {
      text: 'Only if it was intended, compare the draft with what is published:',
      code: [`pinwatch config diff ${account}`],
    },
    ...add,
    {
      text: `Then check and publish it. ${reach}:`,
      code: [`pinwatch config check ${account}`, `pinwatch config publish ${account} --note "new key"`],
    },
  ];
}

/** About versions that some apps still hold. */
export function heldSteps(account: string): Step[] {
  return [
    {
      text: 'These apps recover only if they can fetch. Make sure that every URL serves what is published:',
      code: [`pinwatch config show ${account}`, `pinwatch incident list ${account}`],
    },
    {
      text: 'Then, depending on how many apps still hold them (pinwatch config adoption):',
      either: [
        {
          text: 'Many: put the previous key back until they have fetched. Each of their users meets one failure.',
        },
        { text: 'Few: wait. A version leaves the field after publish.fieldFor.' },
      ],
    },
  ];
}
