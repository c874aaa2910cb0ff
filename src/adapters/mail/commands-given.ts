/** A letter gives each command once: the person on call runs them all, and would wonder what a second one is for. */
import type { Step } from './document.ts';

/** Pins and lines of a file are not commands. */
export function isCommand({ code = [] }: Step): boolean {
  return /^(?:pinwatch|openssl|curl) /.test(code[0] ?? '');
}

function commandOf(step: Step): string | null {
  return isCommand(step) ? (step.code ?? []).join('\n') : null;
}

export function commandsIn(steps: readonly Step[]): string[] {
  return steps.flatMap((step) => [...one(commandOf(step)), ...commandsIn(step.either ?? [])]);
}

function one(command: string | null): string[] {
  return command === null ? [] : [command];
}

/** The steps in order. A step whose command was already given refers back to it. */
export function notTwice(steps: readonly Step[], given: readonly string[]): Step[] {
  const before = new Set(given);
  const once = (step: Step): Step => {
    const command = commandOf(step);
    if (command !== null && before.has(command)) {
      return { text: `${step.text.replace(/:$/, '')}, with the command above.` };
    }
    if (command !== null) before.add(command);
    return step.either === undefined ? step : { ...step, either: step.either.map(once) };
  };
  return steps.map(once);
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
