import { expect, test } from 'vitest';
import { plotCostByDomains } from '../../bench/plot/cost-by-domains.ts';
import { plotCostPerEndpoint } from '../../bench/plot/cost-per-endpoint.ts';
import { ticks } from '../../bench/plot/svg.ts';
import { alone, compared, flat } from './sample.ts';

/** Rejects markup that is not well-formed, as far as these drawings use it. */
function expectWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, end, name, rest] of svg.matchAll(/<(\/?)([a-z]+)((?:\s+[\w:-]+="[^"<]*")*\s*\/?)>/g)) {
    if (end === '/') expect(open.pop()).toBe(name);
    else if (!rest?.endsWith('/')) open.push(name ?? '');
  }
  expect(open).toEqual([]);
  expect(svg.replace(/<\/?[a-z]+(?:\s+[\w:-]+="[^"<]*")*\s*\/?>/g, '')).not.toMatch(
    /[<>]|&(?!amp;|lt;|gt;|quot;)/,
  );
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
}

const count = (svg: string, what: RegExp) => [...svg.matchAll(what)].length;

test('a bar for each program on each Node, and what is run once only once', () => {
  const svg = plotCostPerEndpoint(compared);
  expectWellFormed(svg);
  for (const label of ['pinwatch, Node 20.20.2', 'bare tls.connect, Node 24.21.0', 'blackbox_exporter']) {
    expect(count(svg, new RegExp(`>${label}<`, 'g'))).toBe(1);
  }
  // Background, six bars, and as many boxes in the legend.
  expect(count(svg, /<rect /g)).toBe(1 + 2 * 6);
  expect(svg).toContain('TLS 1.3: both &lt;key&gt; types');
  expect(svg).toContain('A &amp; B');
});

test('programs that are not installed have no bars', () => {
  const svg = plotCostPerEndpoint(alone);
  expectWellFormed(svg);
  expect(count(svg, /<rect /g)).toBe(1 + 2 * 4);
  expect(svg).not.toContain('blackbox');
});

test('two lines for each number of workers', () => {
  const svg = plotCostByDomains(flat);
  expectWellFormed(svg);
  for (const label of ['pinwatch, 1 worker', 'Redis, 1 worker', 'pinwatch, 4 workers', 'Redis, 4 workers']) {
    expect(svg).toContain(`>${label}<`);
  }
  expect(count(svg, /<circle /g)).toBe(4 * 2);
  expect(svg).toContain('>10,000<');
});

test('one number of domains, or no measurement, makes a plot too', () => {
  expectWellFormed(plotCostByDomains(flat.slice(0, 1)));
  expectWellFormed(plotCostByDomains([]));
  expectWellFormed(plotCostPerEndpoint({ ...compared, rows: [] }));
});

test.each([
  [1.66, [0, 0.5, 1, 1.5, 2]],
  [0.7, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]],
  [140, [0, 20, 40, 60, 80, 100, 120, 140]],
  [0, [0, 0.2]],
])('marks up to %d', (most, expected) => {
  expect(ticks(most)).toEqual(expected);
});
