import type { Argument, Command, Option } from 'commander';

/** What fits one place on the command line: one of these words, a kind of name, or text that can't be completed. */
export type Place =
  | readonly string[]
  | 'account'
  | 'domain'
  | 'incident'
  | 'token'
  | 'pin set'
  | 'file'
  | 'none';

export interface Completed {
  readonly place: Place;
  /** The account that the words before it name; '' for none. */
  readonly account: string;
}

/** What may follow these words of a line, without the command's own name. */
export function placeAfter(pinwatch: Command, words: readonly string[], current: string): Completed {
  let command = pinwatch;
  let unfilled: Option | undefined;
  const given: string[] = [];
  for (const word of words) {
    const child = visible(command).find((candidate) => candidate.name() === word);
    if (unfilled !== undefined) unfilled = undefined;
    else if (word.startsWith('-')) unfilled = valueOption(command, word);
    else if (child !== undefined) command = child;
    else given.push(word);
  }
  const accountAt = command.registeredArguments.findIndex((argument) => argument.name() === 'account');
  return { place: placeIn(command, unfilled, given.length, current), account: given[accountAt] ?? '' };
}

function placeIn(command: Command, unfilled: Option | undefined, position: number, current: string): Place {
  if (unfilled !== undefined) return unfilled.argChoices ?? placeOf(/<([^>]*)>/.exec(unfilled.flags)?.[1]);
  if (current.startsWith('-')) {
    const options = command.createHelp().visibleOptions(command);
    return options.flatMap(({ short, long }) => [short, long].filter((flag) => flag !== undefined));
  }
  const children = visible(command);
  const { registeredArguments } = command;
  if (children.length > 0 && registeredArguments.length === 0) return children.map((child) => child.name());
  const last = registeredArguments.at(-1);
  return argumentPlace(command, registeredArguments[position] ?? (last?.variadic ? last : undefined));
}

function visible(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help');
}

/** The option that takes the word after it. */
function valueOption(command: Command, word: string): Option | undefined {
  const takesValue = command.options.filter(({ required, optional }) => required || optional);
  return takesValue.find(({ short, long }) => word === short || word === long);
}

function argumentPlace(command: Command, argument: Argument | undefined): Place {
  if (argument?.name() === 'name' && command.parent?.name() === 'pin-set') return 'pin set';
  return argument?.argChoices ?? placeOf(argument?.name());
}

function placeOf(name: string | undefined): Place {
  switch (name) {
    case 'account':
    case 'domain':
    case 'incident':
    case 'file':
      return name;
    case 'files':
    case 'keys':
    case 'key':
      return 'file';
    case 'domains':
      return 'domain';
    case 'id-or-name':
      return 'token';
    case 'pin-set':
      return 'pin set';
    case 'source':
      return 'file';
    default:
      return 'none';
  }
}
