/**
 * `npm run fuzz`: are there bytes that a server could send, and that the fast path takes for those of the server it knows
 * although they are not? Records flights of real servers, and replays them with faults. Exit status 0: no such bytes, no
 * crash, and none that took over 50 ms of CPU.
 *
 * `npm run fuzz -- pins`: does every text that may be imported as the pins of an app get an answer? Reads the files of
 * the tests with faults. Exit status 0: no crash, no answer that makes no sense, and none that took over 50 ms of CPU.
 *
 *   npm run fuzz -- [pins] [--runs 20000] [--from 1]
 */
import { parseArgs } from 'node:util';
import { fuzzPins } from './pins/run.ts';
import { fuzz } from './run.ts';
import { recordFlights } from './servers.ts';

const { values, positionals } = parseArgs({
  options: { runs: { type: 'string', default: '20000' }, from: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const longestAllowedMs = 50;
const mebibyte = 1024 * 1024;
const from = Number(values.from);
const runs = Number(values.runs);

if (positionals[0] === 'pins') readPinTexts();
else await replayFlights();

function readPinTexts(): void {
  fuzzPins(from, Math.min(runs, 2_000)); // compiled
  const { texts, accepted, wrong, longest } = fuzzPins(from, runs);
  for (const one of wrong) console.log(one);
  console.log(
    `${texts} texts: ${accepted} accepted, ${wrong.length} with a wrong answer; ` +
      `${longest.ms.toFixed(1)} ms of CPU at most (seed ${longest.seed})`,
  );
  if (wrong.length > 0 || longest.ms > longestAllowedMs) process.exitCode = 1;
}

async function replayFlights(): Promise<void> {
  const flights = await recordFlights();
  fuzz(flights, from, Math.min(runs, 1_000)); // compiled, and as large as it gets
  const before = process.memoryUsage().rss;
  const { counts, wrong, longestMs } = fuzz(flights, from, runs);
  const grownMib = (process.memoryUsage().rss - before) / mebibyte;
  for (const one of wrong) console.log(`taken for the known server: ${one}`);
  console.log(
    `${flights.length} flights with ${runs} seeds each: ${counts.surprise} surprises, ${counts.more} unfinished, ${counts.shown} ` +
      `that say the same; ${longestMs.toFixed(1)} ms of CPU at most, ${grownMib.toFixed(0)} MiB more memory`,
  );
  if (wrong.length > 0 || longestMs > longestAllowedMs) process.exitCode = 1;
}
