/**
 * `npm run fuzz:bundles`: does the verifier crash on a bundle, take long, or accept one that it should not? Most of the bundles
 * are signed rightly, and faulty in what was signed. Exit status 0: no.
 *
 *   npm run fuzz:bundles -- [--runs 100000] [--from 1] [--print]
 *
 * With --print each bundle goes to standard output, in base64 and with its outcome, for another verifier to compare.
 */
import { parseArgs } from 'node:util';
import { fuzzBundles } from './run.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    from: { type: 'string', default: '1' },
    print: { type: 'boolean', default: false },
  },
});
const longestAllowedMs = 50;
const from = Number(values.from);
const runs = Number(values.runs);

await fuzzBundles(from, Math.min(runs, 1_000)); // compiled, and as large as it gets
let lines: string[] = [];
const print = async () => {
  const text = lines.join('');
  lines = [];
  if (text !== '') await new Promise((resolve) => process.stdout.write(text, resolve));
};
const totals = new Map<string, number>();
const wrong: string[] = [];
let longestMs = 0;
for (let start = from; start < from + runs; start += 1_000) {
  const found = await fuzzBundles(start, Math.min(1_000, from + runs - start), (bundle, outcome) => {
    if (values.print) lines.push(`${bundle.toString('base64')} ${outcome}\n`);
  });
  await print();
  for (const [outcome, count] of found.counts) totals.set(outcome, (totals.get(outcome) ?? 0) + count);
  wrong.push(...found.wrong);
  longestMs = Math.max(longestMs, found.longestMs);
}
for (const one of wrong) console.error(`accepted: ${one}`);
const shown = [...totals].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
console.error(`${runs} bundles: ${shown}; ${longestMs.toFixed(1)} ms of CPU at most`);
if (wrong.length > 0 || longestMs > longestAllowedMs) process.exitCode = 1;
