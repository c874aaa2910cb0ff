/** No letter gives a command twice: who is woken runs each, and wonders what the second time is for. */
import type { Step } from './document.ts';

/** What is to be typed into a shell; not pins or lines of a file, which are told where they belong. */
function commandOf({ code = [] }: Step): string | null {
  return /^(?:pinwatch|openssl) /.test(code[0] ?? '') ? code.join('\n') : null;
}

export function commandsIn(steps: readonly Step[]): string[] {
  return steps.flatMap((step) => commandOf(step) ?? []);
}

/** Steps in their order; one whose command was given before points there. */
export function notTwice(steps: readonly Step[], given: readonly string[]): Step[] {
  const before = new Set(given);
  return steps.map((step) => {
    const command = commandOf(step);
    if (command === null || !before.has(command)) {
      if (command !== null) before.add(command);
      return step;
    }
    return { text: `${step.text.replace(/:$/, '')}, with the command above.` };
  });
}

/** Steps without those whose command was given before. */
export function notGiven(steps: readonly Step[], given: readonly string[]): Step[] {
  const before = new Set(given);
  return steps.filter((step) => {
    const command = commandOf(step);
    const isGiven = command !== null && before.has(command);
    if (command !== null) before.add(command);
    return !isGiven;
  });
}
