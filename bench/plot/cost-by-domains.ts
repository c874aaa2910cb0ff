/** Lines: what a domain costs beside its handshakes, against the number of domains. */
import type { FlatRow } from '../flat-row.ts';
import { dot, drawing, faint, ink, line, type Point, palette, text, ticks } from './svg.ts';

const width = 860;
const height = 420;
const left = 60;
const right = 210;
const top = 80;
const bottom = 370;
const colours = [palette.blue, palette.vermilion, palette.green, palette.orange];

export function plotCostByDomains(rows: readonly FlatRow[]): string {
  const lines = linesOf(rows);
  const marks = ticks(Math.max(0, ...lines.flatMap(({ costs }) => costs.map(([, us]) => us))));
  const most = marks.at(-1) ?? 1;
  const sizes = [...new Set(rows.map(({ domains }) => domains))].sort((a, b) => a - b);
  const [first, last] = [Math.log10(sizes[0] ?? 1), Math.log10(sizes.at(-1) ?? 1)];
  const x = (domains: number) =>
    left + ((width - left - right) * (Math.log10(domains) - first)) / (last > first ? last - first : 1);
  const y = (us: number) => bottom - ((bottom - top) * us) / most;
  const grid = marks.flatMap((mark) => [
    line(
      [
        [left, y(mark)],
        [width - right, y(mark)],
      ],
      faint,
    ),
    text(left - 8, y(mark) + 4, String(mark), { anchor: 'end', size: 10 }),
  ]);
  const axis = sizes.map((domains) =>
    text(x(domains), bottom + 18, domains.toLocaleString('en'), { anchor: 'middle', size: 10 }),
  );
  const drawn = lines.flatMap(({ label, colour, isDashed, costs }, index) => {
    const points = costs.map(([domains, us]): Point => [x(domains), y(us)]);
    const at = top + 14 + index * 20;
    return [
      line(points, colour, 2, isDashed),
      ...points.map((point) => dot(point, colour)),
      line(
        [
          [width - right + 24, at - 4],
          [width - right + 54, at - 4],
        ],
        colour,
        2,
        isDashed,
      ),
      text(width - right + 60, at, label),
    ];
  });
  return drawing({
    ...{ width, height, title: 'CPU per domain beside its handshakes, in microseconds' },
    subtitle: 'against the number of domains; planning, queue, judgement and store of one probe',
    shapes: [
      ...grid,
      ...axis,
      text((left + width - right) / 2, bottom + 38, 'domains', { anchor: 'middle', colour: ink }),
      ...drawn,
    ],
  });
}

interface Line {
  readonly label: string;
  readonly colour: string;
  readonly isDashed: boolean;
  readonly costs: readonly (readonly [domains: number, us: number])[];
}

function linesOf(rows: readonly FlatRow[]): Line[] {
  const shares = [...new Set(rows.map(({ workers }) => workers))].sort((a, b) => a - b);
  return shares.flatMap((workers, index) => {
    const of = rows.filter((row) => row.workers === workers).toSorted((a, b) => a.domains - b.domains);
    const colour = colours[index % colours.length] ?? ink;
    const named = workers === 1 ? '1 worker' : `${workers} workers`;
    return [
      {
        ...{ label: `pinwatch, ${named}`, colour, isDashed: false },
        costs: of.map(({ domains, planUs, probeUs }) => [domains, planUs + probeUs] as const),
      },
      {
        ...{ label: `Redis, ${named}`, colour, isDashed: true },
        costs: of.map(({ domains, redisUs }) => [domains, redisUs] as const),
      },
    ];
  });
}
