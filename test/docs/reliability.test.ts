import { expect, test } from 'vitest';
import { faultKinds } from '../../soak/faults/table.ts';
import { parseOptions } from '../../soak/options.ts';
import { quoted, read, rows, section } from './markdown.ts';

const text = read('docs/reliability.md');
const operating = read('docs/operating.md');
const faults = rows(section(text, 'Faults'));

test('the faults are those of the soak, both ways', () => {
  expect(faults.map(([name]) => name).sort()).toEqual(faultKinds.map(({ name }) => name).sort());
});

test('what shows a fault is an event, a failure or a metric of docs/operating.md', () => {
  const known = new Set(
    ['Logs', 'Metrics'].flatMap((heading) =>
      rows(section(operating, heading)).flatMap(([name = '', , fields = '']) => [
        ...quoted(name).map((one) => one.replace(/\{.*/, '')),
        ...quoted(fields),
      ]),
    ),
  );
  const failures = new Set([...read('docs/runbook.md').matchAll(/^#+ (\w+)$/gm)].map(([, name]) => name));
  const named = faults.flatMap(([, , , shown]) => quoted(shown)).filter((name) => name !== 'up');
  expect(named.filter((name) => !known.has(name) && !failures.has(name))).toEqual([]);
});

test('the commands are valid', () => {
  const commands = [...text.matchAll(/^npm run soak(?: -- ([^#\n]*))?/gm)].map(([, args = '']) =>
    [...args.matchAll(/"([^"]*)"|(\S+)/g)].map(([, inQuotes, word]) => inQuotes ?? word ?? ''),
  );
  expect(commands.length).toBeGreaterThan(3);
  for (const args of commands) expect(() => parseOptions(args)).not.toThrow();
});
