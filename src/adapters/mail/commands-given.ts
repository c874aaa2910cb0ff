/** A letter gives each command once: the person on call runs them all, and would wonder what a second one is for. */
import type { Step } from './document.ts';

/** The shell command of a step, if it has one. Pins and lines of a file are not commands. */
function commandOf({ code = [] }: Step): string | null {
  return /^(?:pinwatch|openssl|curl) /.test(code[0] ?? '') ? code.join('\n') : null;
}

export function commandsIn(steps: readonly Step[]): string[] {
  return steps.flatMap((step) => commandOf(step) ?? []);
}

/** The steps in order. A step whose command was already given refers back to it. */
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

/** Leaves out the steps whose command was already given. */
export function notGiven(steps: readonly Step[], given: readonly string[]): Step[] {
  const before = new Set(given);
  return steps.filter((step) => {
    const command = commandOf(step);
    const isGiven = command !== null && before.has(command);
    if (command !== null) before.add(command);
    return !isGiven;
  });
}
