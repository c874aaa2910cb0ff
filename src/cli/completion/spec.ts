import type { Argument, Command } from 'commander';

/** What may stand at a place of the command line: `none` is text that nobody can guess. */
export type ArgumentPlace = 'account' | 'domain' | 'incident' | 'token' | 'file' | 'none' | readonly string[];

/** What can follow one command, as the shells' scripts know it. */
export interface Spec {
  /** The words after `pinwatch`: `domain add`; empty for pinwatch itself. */
  readonly path: string;
  readonly commands: readonly string[];
  /** As they are written, such as `-f` and `--file`. */
  readonly options: readonly string[];
  readonly values: readonly { readonly option: string; readonly place: ArgumentPlace }[];
  readonly places: readonly ArgumentPlace[];
  /** The last place may be filled several times. */
  readonly isVariadic: boolean;
}

/** The command and all below it. */
export function specsOf(command: Command, path: readonly string[] = []): Spec[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command).filter((child) => child.name() !== 'help');
  const options = help.visibleOptions(command);
  const spelled = options.flatMap((option) =>
    [option.short, option.long].filter((flag) => flag !== undefined),
  );
  const values = options
    .filter((option) => option.required || option.optional)
    .flatMap((option) =>
      [option.short, option.long]
        .filter((flag) => flag !== undefined)
        .map((flag) => ({
          option: flag,
          place: option.argChoices ?? placeOf(/<([^>]*)>/.exec(option.flags)?.[1] ?? ''),
        })),
    );
  const { registeredArguments } = command;
  return [
    {
      path: path.join(' '),
      commands: commands.map((child) => child.name()),
      options: spelled,
      values,
      places: registeredArguments.map((argument) => argumentPlace(argument)),
      isVariadic: registeredArguments.at(-1)?.variadic === true,
    },
    ...commands.flatMap((child) => specsOf(child, [...path, child.name()])),
  ];
}

function argumentPlace(argument: Argument): ArgumentPlace {
  return argument.argChoices ?? placeOf(argument.name());
}

function placeOf(name: string): ArgumentPlace {
  switch (name) {
    case 'account':
    case 'domain':
    case 'incident':
    case 'file':
      return name;
    case 'domains':
      return 'domain';
    case 'id-or-name':
      return 'token';
    case 'source':
      return 'file';
    default:
      return 'none';
  }
}

/** One word for the scripts: `account`, `file`, or the choices after a colon. */
export function placeWord(place: ArgumentPlace): string {
  return typeof place === 'string' ? place : `:${place.join(',')}`;
}
