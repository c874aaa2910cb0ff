/** Text, lines and boxes of an SVG drawing. Coordinates are in pixels. */

/** Okabe and Ito's palette, which people with any colour vision can tell apart. */
export const palette = {
  blue: '#0072b2',
  sky: '#56b4e9',
  green: '#009e73',
  orange: '#e69f00',
  vermilion: '#d55e00',
  grey: '#7f7f7f',
} as const;

export const ink = '#222222';
export const faint = '#dddddd';

export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** For people, and for programs that read aloud. */
  readonly title: string;
  readonly subtitle: string;
  readonly shapes: readonly string[];
}

/** White behind everything, so that it can be read on dark pages too. */
export function drawing({ width, height, title, subtitle, shapes }: Drawing): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
      'font-family="Helvetica, Arial, sans-serif" font-size="12" role="img">',
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(16, 26, title, { size: 16, weight: 'bold' }),
    text(16, 44, subtitle, { colour: palette.grey }),
    ...shapes,
    '</svg>',
    '',
  ].join('\n');
}

export interface TextStyle {
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly size?: number;
  readonly weight?: 'bold';
  readonly colour?: string;
}

export function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { anchor = 'start', size, weight, colour = ink } = style;
  const optional = `${size ? ` font-size="${size}"` : ''}${weight ? ` font-weight="${weight}"` : ''}`;
  return `<text x="${px(x)}" y="${px(y)}" text-anchor="${anchor}" fill="${colour}"${optional}>${escaped(content)}</text>`;
}

export function box(x: number, y: number, width: number, height: number, colour: string): string {
  return `<rect x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}" fill="${colour}"/>`;
}

export type Point = readonly [x: number, y: number];

export function line(points: readonly Point[], colour: string, width = 1, isDashed = false): string {
  const path = points.map(([x, y]) => `${px(x)},${px(y)}`).join(' ');
  const dashes = isDashed ? ' stroke-dasharray="5 4"' : '';
  return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="${width}"${dashes}/>`;
}

export function dot([x, y]: Point, colour: string): string {
  return `<circle cx="${px(x)}" cy="${px(y)}" r="3" fill="${colour}"/>`;
}

/** Round numbers from 0 on, two to eight of them; the last is at least `most`. */
export function ticks(most: number): number[] {
  const power = 10 ** Math.floor(Math.log10(most > 0 ? most : 1));
  const step = [0.2, 0.5, 1].map((of) => of * power).find((of) => most / of <= 7) ?? 2 * power;
  return Array.from({ length: Math.max(1, Math.ceil(most / step)) + 1 }, (_, index) =>
    Number((index * step).toPrecision(6)),
  );
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(content: string): string {
  return content.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
