/** Formats the comparison as one table of text. */
import { table } from '../table.ts';
import { costOf, type Middle, others, type PeersResult, programs, ratioTo, titles } from './result.ts';

export function renderPeers({ rows, measuredCore, versions, machine }: PeersResult): string {
  const isMeasured = (program: (typeof programs)[number]) =>
    rows.some((row) => costOf(row, program) !== null);
  const shown = programs.filter(isMeasured);
  const compared = others.filter(isMeasured);
  const text = table(
    [
      'TLS',
      'served',
      'Node',
      ...shown.map((program) => titles[program]),
      ...compared.map((other) => `÷ ${other}`),
    ],
    rows.map((row) => [
      ...[row.tls, row.title, row.node],
      ...shown.map((program) => costOf(row, program)?.median.toFixed(3) ?? '–'),
      ...compared.map((other) => ratio(ratioTo(row, other))),
    ]),
  );
  const missing = others.filter((other) => !compared.includes(other)).map((other) => titles[other]);
  const notes = [
    'CPU ms per endpoint: the median of the rounds. ÷: the median of the ratios in each round (least to most).',
    measuredCore === null
      ? 'No core of their own for the measured processes: that takes two cores and taskset.'
      : `Measured processes on core ${measuredCore}, everything else on the others.`,
    ...(versions.blackbox === null ? [] : [`blackbox_exporter ${versions.blackbox}.`]),
    ...(versions.openssl === null ? [] : [`${versions.openssl}.`]),
    ...missing.map((title) => `${title}: not installed.`),
    `Load of the machine: ${machine.load.map((load) => load.toFixed(2)).join(' before, ')} after.`,
  ];
  return `${text}\n${notes.join('\n')}\n`;
}

function ratio(of: Middle | null): string {
  if (of === null) return '–';
  return `${of.median.toFixed(2)} (${of.least.toFixed(2)}–${of.most.toFixed(2)})`;
}
