/** Bars: what an endpoint costs each of the programs. */
import { costOf, type PeerRow, type PeersResult, type Program, titles } from '../peers/result.ts';
import { box, drawing, faint, line, palette, text, ticks } from './svg.ts';

interface Bar {
  readonly label: string;
  readonly colour: string;
  readonly ms: number;
}

interface Group {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const width = 860;
const left = 190;
const right = 70;
const top = 110;
const barHeight = 13;
const groupGap = 16;

export function plotCostPerEndpoint({ rows, date, machine }: PeersResult): string {
  const nodes = [...new Set(rows.map(({ node }) => node))];
  const groups = groupsOf(rows, nodes);
  const marks = ticks(Math.max(0, ...groups.flatMap(({ bars }) => bars.map(({ ms }) => ms))));
  const most = marks.at(-1) ?? 1;
  const x = (ms: number) => left + ((width - left - right) * ms) / most;
  const shapes: string[] = [];
  let y = top;
  for (const { title, bars } of groups) {
    shapes.push(text(left - 10, y + (bars.length * barHeight) / 2 + 4, title, { anchor: 'end' }));
    for (const { colour, ms } of bars) {
      shapes.push(box(left, y + 1, x(ms) - left, barHeight - 2, colour));
      shapes.push(text(x(ms) + 4, y + barHeight - 3, ms.toFixed(2), { size: 10 }));
      y += barHeight;
    }
    y += groupGap;
  }
  const grid = marks.flatMap((mark) => [
    line(
      [
        [x(mark), top - 8],
        [x(mark), y - groupGap + 4],
      ],
      faint,
    ),
    text(x(mark), y + 4, String(mark), { anchor: 'middle', size: 10 }),
  ]);
  return drawing({
    ...{ width, height: y + 20, title: 'CPU per endpoint, in milliseconds' },
    subtitle: `${date}, ${machine.cpu}; medians, all programs in one run; shorter is better`,
    shapes: [...legend(groups), ...grid, ...shapes],
  });
}

function groupsOf(rows: readonly PeerRow[], nodes: readonly string[]): Group[] {
  const keys = [...new Set(rows.map(({ tls, title }) => `TLS ${tls}: ${title}`))];
  return keys.map((title) => {
    const of = rows.filter((row) => `TLS ${row.tls}: ${row.title}` === title);
    const onNode = (program: Program, colours: readonly string[]) =>
      of.flatMap((row) => {
        const colour = colours[nodes.indexOf(row.node)] ?? palette.grey;
        return bar(row, program, `${titles[program]}, Node ${row.node}`, colour);
      });
    const [first] = of;
    const shared = (program: Program, colour: string) =>
      first === undefined ? [] : bar(first, program, titles[program], colour);
    const bars = [
      ...onNode('pinwatch', [palette.blue, palette.sky]),
      ...onNode('bare', [palette.vermilion, palette.orange]),
      ...shared('blackbox', palette.green),
      ...shared('openssl', palette.grey),
    ];
    return { title, bars };
  });
}

function bar(row: PeerRow, program: Program, label: string, colour: string): Bar[] {
  const cost = costOf(row, program);
  return cost === null ? [] : [{ label, colour, ms: cost.median }];
}

function legend(groups: readonly Group[]): string[] {
  const entries = new Map(
    groups.flatMap(({ bars }) => bars.map(({ label, colour }) => [label, colour] as const)),
  );
  return [...entries].flatMap(([label, colour], index) => {
    const x = 16 + (index % 3) * 270;
    const y = 66 + Math.floor(index / 3) * 17;
    return [box(x, y - 9, 11, 11, colour), text(x + 17, y, label)];
  });
}
