import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { progressOf } from '../../src/cli/output.ts';
import { terminalProgress } from '../../src/cli/progress.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const erased = '\r\u001b[K';

function terminal(columns = 80) {
  const written: string[] = [];
  const write = (text: string) => written.push(text);
  const progress = terminalProgress(
    write,
    () => columns,
    () => Date.now(),
  );
  return { written, output: { progress } };
}

test('several parts have a bar, which is removed at the end', () => {
  const { written, output } = terminal();
  const progress = progressOf(output, {}, 'probing 4 domains');
  progress.step(0, 4);
  expect(written).toEqual([`${erased}[${' '.repeat(30)}] 0/4 probing 4 domains`]);
  vi.advanceTimersByTime(2_000);
  progress.step(2, 4);
  expect(written.at(-1)).toBe(`${erased}[${'#'.repeat(15)}${' '.repeat(15)}] 2/4 probing 4 domains, 2 s`);
  progress.end();
  expect(written.at(-1)).toBe(erased);
  const { length } = written;
  vi.advanceTimersByTime(5_000);
  expect(written).toHaveLength(length);
});

test('one thing is shown after a second, without a bar; a narrow terminal has a shorter line', () => {
  const { written, output } = terminal(20);
  const progress = progressOf(output, {}, 'probing api.example.com');
  progress.step(0, 1);
  vi.advanceTimersByTime(900);
  expect(written).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(written).toEqual([`${erased}probing api.example`]);
  progress.end();
});

test('what takes less than a second writes nothing', () => {
  const { written, output } = terminal();
  const progress = progressOf(output, {}, 'probing api.example.com');
  vi.advanceTimersByTime(500);
  progress.hide();
  progress.end();
  expect(written).toEqual([]);
});

test('programs see none', () => {
  const { written, output } = terminal();
  for (const options of [{ json: true }, { quiet: true }]) {
    const progress = progressOf(output, options, 'probing');
    vi.advanceTimersByTime(5_000);
    progress.end();
  }
  progressOf({}, {}, 'without a terminal').end();
  expect(written).toEqual([]);
});
