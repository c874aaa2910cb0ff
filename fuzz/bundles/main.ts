/**
 * `npm run fuzz:bundles`: does the verifier crash on a bundle, take long, or accept one that it should not? Most of the bundles
 * are signed rightly, and faulty in what was signed. Exit status 0: no.
 *
 *   npm run fuzz:bundles -- [--runs 100000] [--from 1]
 */
import { parseArgs } from 'node:util';
import { fuzzBundles } from './run.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '100000' }, from: { type: 'string', default: '1' } },
});
const longestAllowedMs = 50;
const from = Number(values.from);
const runs = Number(values.runs);

await fuzzBundles(from, Math.min(runs, 1_000)); // compiled, and as large as it gets
const { counts, wrong, longestMs } = await fuzzBundles(from, runs);
for (const one of wrong) console.log(`accepted: ${one}`);
const shown = [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
console.log(`${runs} bundles: ${shown}; ${longestMs.toFixed(1)} ms of CPU at most`);
if (wrong.length > 0 || longestMs > longestAllowedMs) process.exitCode = 1;
