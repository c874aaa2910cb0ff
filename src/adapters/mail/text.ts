import { visible } from '../../core/hostile-text.ts';
import { isCommand } from './commands-given.ts';
import type { Block, Fact, Step } from './document.ts';
import { foldCommand } from './fold-command.ts';

/**
 * Fits 80 columns with the mark of a reply. Commands are broken with backslashes. Pins, addresses, lines of a file and
 * queries may be longer: people copy them, and a line break would spoil them.
 */
const width = 76;

/** The plain text part; lines end in `\n`. */
export function printText(blocks: readonly Block[]): string {
  return blocks.map(printBlock).join('');
}

function printBlock(block: Block): string {
  switch (block.kind) {
    case 'title':
      return `${wrap(`${block.label}: ${block.text}`)}\n`;
    case 'heading':
      return `\n${wrap(block.text.toUpperCase())}${'-'.repeat(Math.min(width, block.text.length))}\n`;
    case 'paragraph':
      return `${wrap(block.text)}\n`;
    case 'facts':
      return `${printFacts(block.rows, '')}\n`;
    case 'card': {
      const title = block.mark === '' ? block.title : `${block.title} - ${block.mark}`;
      return `${wrap(title, '  ', '    ')}${printFacts(block.rows, '    ')}\n`;
    }
    case 'bullets':
      return `${block.items.map((item) => wrap(item, '- ', '  ')).join('')}\n`;
    case 'steps':
      return block.items.map(printStep).join('');
    case 'rule':
      return `\n${'='.repeat(width)}\n\n`;
    default:
      return block satisfies never;
  }
}

function printStep(step: Step, index: number): string {
  return printItem(step, `${index + 1}. `, '   ');
}

function printItem(step: Step, mark: string, indent: string): string {
  const { text, code = [], either = [] } = step;
  const place = `${indent}  `;
  const room = width - place.length;
  const lines = isCommand(step)
    ? code.flatMap((line) => foldCommand(visible(line), room))
    : code.map((line) => visible(line));
  const typed = lines.length > 0 ? `${lines.map((line) => `${place}${line}\n`).join('')}\n` : '';
  const options = either.map((option, at) => printItem(option, `${indent}${letter(at)}) `, `${indent}   `));
  return `${wrap(text, mark, indent)}\n${typed}${options.join('')}`;
}

function letter(index: number): string {
  return String.fromCharCode('a'.charCodeAt(0) + index);
}

function printFacts(rows: readonly Fact[], indent: string): string {
  const column = Math.max(...rows.map(([label]) => label.length)) + 2;
  const hanging = ' '.repeat(indent.length + column);
  return rows.map(([label, value]) => wrap(value, indent + label.padEnd(column), hanging)).join('');
}

/** Breaks at spaces only, and ends in a newline. */
function wrap(text: string, first = '', rest = first): string {
  const lines: string[] = [];
  let line = visible(first);
  let empty = true;
  for (const word of visible(text).split(' ')) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = rest;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return `${[...lines, line].join('\n')}\n`;
}
