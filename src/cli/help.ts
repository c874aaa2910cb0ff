/** Help that fits the terminal: its lines break between words, at any width. */
import { type AddHelpTextContext, type AddHelpTextPosition, Command, Help } from 'commander';
import { wrap } from './layout.ts';

/** In a pipe. A terminal says how wide it is. */
const usualColumns = 80;
/** Longer lines are hard to read. */
const mostColumns = 100;
/** With less room than this for descriptions, each stands below its option. */
const leastDescription = 30;

export function helpColumns({ isTTY, columns }: { readonly isTTY?: boolean; readonly columns?: number }) {
  // A terminal that does not know its size has 0 columns.
  return Math.min((isTTY && columns) || usualColumns, mostColumns);
}

/** A command whose help, with the text after it, fits the terminal. */
export class FittingCommand extends Command {
  override createCommand(name?: string): FittingCommand {
    return new FittingCommand(name);
  }

  override createHelp(): Help {
    return Object.assign(new FittingHelp(), this.configureHelp());
  }

  override addHelpText(
    position: AddHelpTextPosition,
    text: string | ((context: AddHelpTextContext) => string),
  ): this {
    return super.addHelpText(position, (context) => {
      const columns = this.configureOutput().getOutHelpWidth?.() ?? usualColumns;
      // Commander ends it with a line end.
      return fitted(typeof text === 'string' ? text : text(context), columns).replace(/\n+$/, '');
    });
  }
}

class FittingHelp extends Help {
  override minWidthToWrap = 20;

  override styleUsage(usage: string): string {
    return wrap(usage, this.columns - usageLabel.length).join(`\n${' '.repeat(usageLabel.length)}`);
  }

  override formatItem(term: string, termWidth: number, description: string, helper: Help): string {
    if (this.columns - termWidth - 4 >= leastDescription || description === '')
      return super.formatItem(term, termWidth, description, helper);
    const terms = wrap(term, this.columns - 2).map((line) => `  ${line}`);
    const texts = wrap(description, this.columns - 4).map((line) => `    ${line}`);
    return [...terms, ...texts].join('\n');
  }

  private get columns(): number {
    return this.helpWidth ?? usualColumns;
  }
}

const usageLabel = 'Usage: ';

/** Examples as a command's help shows them; `pinwatch` is put before each that does not name it. */
export function examplesText(examples: readonly string[]): string {
  const lines = examples.map(
    (example) => `  ${/(?:^|\s)pinwatch\s/.test(example) ? '' : 'pinwatch '}${example}\n`,
  );
  return `\nExample${examples.length > 1 ? 's' : ''}:\n${lines.join('')}`;
}

/** Paragraphs are filled; an indented line is a command or JSON, and stays as it is if there is room. */
export function fitted(text: string, columns: number): string {
  const lines: string[] = [];
  let paragraph: string[] = [];
  const end = () => {
    if (paragraph.length > 0) lines.push(...wrap(paragraph.join(' '), columns));
    paragraph = [];
  };
  for (const line of text.split('\n')) {
    if (line !== '' && !line.startsWith(' ')) {
      paragraph.push(line);
      if (/^Examples?:$/.test(line)) end();
      continue;
    }
    end();
    lines.push(...(line.length <= columns ? [line] : broken(line, columns)));
  }
  end();
  return lines.join('\n');
}

/** A command stays one that can be copied; a remark beside it goes above. */
function broken(line: string, columns: number): string[] {
  const [, indent = '', code = '', remark] = /^( +)(.*?)(?: {2,}(\S.*))?$/.exec(line) ?? [];
  const isJson = /^[{"]/.test(code);
  const above = remark === undefined ? [] : wrap(remark, columns - indent.length - 2);
  const words = isJson ? code.split(' ') : (code.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []);
  const rows = filledRows(words, columns - indent.length - 4);
  return [
    ...above.map((text) => `${indent}# ${text}`),
    ...rows.map((row, index) => {
      const more = index < rows.length - 1 && !isJson ? ' \\' : '';
      return `${indent}${index === 0 ? '' : '  '}${row}${more}`;
    }),
  ];
}

function filledRows(words: readonly string[], columns: number): string[] {
  const rows: string[] = [];
  for (const word of words) {
    const row = rows.at(-1);
    if (row === undefined || row.length + 1 + word.length > columns) rows.push(word);
    else rows[rows.length - 1] = `${row} ${word}`;
  }
  return rows;
}
