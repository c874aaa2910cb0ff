/** Columns for people, each as wide as its widest cell, so that a name or a pin can be copied whole. */
import { type Paint, painter, type Style } from './layout.ts';

export interface Cell {
  readonly text: string;
  readonly style: Style;
}

export function table(
  headings: readonly string[],
  rows: readonly (readonly (string | Cell)[])[],
  colour: boolean,
): string {
  const paint = painter(colour);
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => textOf(row[column]).length)),
  );
  const head = headings.map((heading): Cell => ({ text: heading, style: 'dim' }));
  return [head, ...rows].map((row) => `${line(row, widths, paint)}\n`).join('');
}

function line(row: readonly (string | Cell)[], widths: readonly number[], paint: Paint): string {
  return row
    .map((cell, column) => {
      const text = textOf(cell);
      const shown = typeof cell === 'string' || text === '' ? text : paint(cell.style, text);
      const isLast = column === row.length - 1;
      return isLast ? shown : shown + ' '.repeat((widths[column] ?? 0) - text.length);
    })
    .join('  ')
    .trimEnd();
}

function textOf(cell: string | Cell | undefined): string {
  return typeof cell === 'string' ? cell : (cell?.text ?? '');
}
