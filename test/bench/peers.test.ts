import { expect, test } from 'vitest';
import { childrenCpuMsOf, cpuMsOf } from '../../bench/peers/cpu.ts';
import { coresIn } from '../../bench/peers/placement.ts';
import { renderPeers } from '../../bench/peers/table.ts';
import { alone, compared } from './sample.ts';

const wordsOf = (line: string | undefined) => line?.split(/ {2,}/);

test('a row has the medians and the ratios in each round', () => {
  const [head, first, second] = renderPeers(compared).split('\n');
  expect(wordsOf(head)).toEqual([
    ...['TLS', 'served', 'Node', 'pinwatch', 'bare tls.connect', 'blackbox_exporter', 'openssl s_time'],
    ...['÷ bare', '÷ blackbox', '÷ openssl'],
  ]);
  expect(wordsOf(first)).toEqual([
    ...['1.3', 'both <key> types', '20.20.2', '0.500', '2.000', '1.000', '1.000'],
    // The median of 0.4 / 0.8, 0.5 / 1.25 and 0.6 / 1, not the ratio of the medians' rounds.
    ...['0.30 (0.25–0.40)', '0.50 (0.40–0.60)', '0.50 (0.40–0.60)'],
  ]);
  expect(wordsOf(second)?.slice(2, 4)).toEqual(['24.21.0', '0.300']);
});

test('the notes name the core, the versions and the load', () => {
  const text = renderPeers(compared);
  expect(text).toContain('Measured processes on core 1,');
  expect(text).toContain('blackbox_exporter 0.23.0.\nOpenSSL 3.0.22.\n');
  expect(text).toContain('0.25 before, 1.50 after');
});

test('a program that is not installed has no column and is named', () => {
  const text = renderPeers(alone);
  expect(wordsOf(text.split('\n')[0])).toEqual([
    ...['TLS', 'served', 'Node', 'pinwatch', 'bare tls.connect', '÷ bare'],
  ]);
  expect(text).toContain('blackbox_exporter: not installed.\nopenssl s_time: not installed.\n');
  expect(text).toContain('No core of their own');
});

test('cores are read as the kernel lists them', () => {
  expect(coresIn('0-2,5')).toEqual([0, 1, 2, 5]);
  expect(coresIn('3')).toEqual([3]);
  expect(coresIn('')).toEqual([]);
});

test.skipIf(process.platform !== 'linux')('CPU time is read from /proc', () => {
  expect(cpuMsOf(process.pid)).toBeGreaterThan(0);
  expect(childrenCpuMsOf(process.pid)).toBeGreaterThanOrEqual(0);
});
