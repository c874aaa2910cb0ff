import { visible } from '../../core/hostile-text.ts';
import type { Block, Fact } from './document.ts';

/** RFC 5322, section 2.1.1. Pins and commands may be longer: people copy them, and a line break would spoil them. */
const width = 78;

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

function printStep({ text, code }: { text: string; code?: readonly string[] }, index: number): string {
  const step = wrap(text, `${index + 1}. `, '   ');
  if (!code) return `${step}\n`;
  return `${step}\n${code.map((line) => `     ${visible(line)}\n`).join('')}\n`;
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
