/** Manual pages in man(7), made from the help of commander's commands. */
import type { Command } from 'commander';
import { wrap } from '../layout.ts';

export interface ManPage {
  /** `pinwatch-check.1` */
  readonly file: string;
  readonly text: string;
}

export interface Edition {
  readonly version: string;
  /** `2026-11-27` */
  readonly date: string;
}

/** One for the program, and one for each of its commands; a group's page has all of its commands. */
export function manPages(program: Command, edition: Edition): ManPage[] {
  return [program, ...visible(program)].map((command) => {
    const name = command === program ? program.name() : `${program.name()}-${command.name()}`;
    return { file: `${name}.1`, text: page(name, command, program, edition) };
  });
}

function page(name: string, command: Command, program: Command, { version, date }: Edition): string {
  const others = visible(command);
  const isProgram = command === program;
  const { about, examples, exitStatus } = notesOf(command);
  return [
    `.TH ${name.toUpperCase()} 1 "${date}" "pinwatch ${version}"`,
    ...section('NAME', [`${escaped(name)} \\-`, ...filled(oneSentence(command.description()))]),
    ...section('SYNOPSIS', [synopsis(command)]),
    ...section('DESCRIPTION', about.length > 0 ? literal(about) : filled(command.description())),
    ...parts(command, 'SH'),
    ...section('COMMANDS', isProgram ? others.flatMap((other) => listed(other, name)) : []),
    ...(isProgram ? [] : others.flatMap((other) => described(other, about))),
    ...section('EXAMPLES', literal(examples)),
    ...section('EXIT STATUS', literal(exitStatus)),
    ...section('SEE ALSO', isProgram ? [] : [`\\fB${escaped(program.name())}\\fR(1)`]),
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`.SH ${title}`, ...lines];
}

/** A command of a group, on the group's page, without what that page says of all its commands. */
function described(command: Command, ofAll: string): string[] {
  const { about: whole, examples } = notesOf(command);
  const about = ofAll === '' ? whole : whole.replace(ofAll, '').trim();
  return [
    `.SH "${escaped(fullName(command)).toUpperCase()}"`,
    synopsis(command),
    '.PP',
    ...filled(command.description()),
    ...parts(command, 'SS'),
    ...(about.length > 0 ? ['.PP', ...literal(about)] : []),
    ...(examples.length > 0 ? ['.SS Examples', ...literal(examples)] : []),
  ];
}

/** Its arguments and options. */
function parts(command: Command, heading: 'SH' | 'SS'): string[] {
  const help = command.createHelp();
  const words = heading === 'SH' ? (word: string) => word.toUpperCase() : (word: string) => word;
  const items = (title: string, all: readonly (readonly [term: string, text: string])[]) =>
    all.length === 0
      ? []
      : [
          `.${heading} ${words(title)}`,
          ...all.flatMap(([term, text]) => ['.TP', `\\fB${escaped(term)}\\fR`, ...filled(text)]),
        ];
  return [
    ...items(
      'Arguments',
      help
        .visibleArguments(command)
        .map((argument) => [help.argumentTerm(argument), help.argumentDescription(argument)] as const),
    ),
    ...items(
      'Options',
      help
        .visibleOptions(command)
        .map((option) => [help.optionTerm(option), help.optionDescription(option)] as const),
    ),
  ];
}

function listed(command: Command, name: string): string[] {
  return ['.TP', `\\fB${escaped(`${name}-${command.name()}`)}\\fR(1)`, ...filled(command.description())];
}

function synopsis(command: Command): string {
  return `\\fB${escaped(fullName(command))}\\fR ${escaped(command.usage())}`.trimEnd();
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

function visible(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((other) => other.name() !== 'help');
}

interface Notes {
  readonly about: string;
  readonly examples: string;
  readonly exitStatus: string;
}

/** The text after a command's help, by what its paragraphs are about. */
function notesOf(command: Command): Notes {
  let shown = '';
  command.configureOutput({
    writeOut: (text) => {
      shown += text;
    },
  });
  command.outputHelp();
  const paragraphs = shown
    .slice(command.helpInformation().length)
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.replace(/^\n+|\s+$/g, ''))
    .filter((paragraph) => paragraph !== '');
  const begins = (start: RegExp) => paragraphs.filter((paragraph) => start.test(paragraph)).join('\n\n');
  return {
    about: begins(/^(?!Examples?:|Exit status)/),
    examples: begins(/^Examples?:/).replace(/^Examples?:\n/gm, ''),
    exitStatus: begins(/^Exit status/).replace(/^Exit status(?: of what is found)?: /gm, ''),
  };
}

/** Lines as they are, which a reader would otherwise fill. */
function literal(text: string): string[] {
  return text === ''
    ? []
    : ['.nf', ...text.split('\n').map((line) => (line === '' ? '.sp' : escaped(line))), '.fi'];
}

/** Text that a reader fills, in lines that `mandoc -T lint` likes. */
function filled(text: string): string[] {
  return wrap(text, 70).map(escaped);
}

function oneSentence(text: string): string {
  return text.replace(/\.$/, '');
}

/** Text, whatever it contains: no escape sequence, and no macro at the start of a line. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('…', '...')
    .replace(/^\./, '\\&.');
}
