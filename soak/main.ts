/**
 * `npm run soak`: does pinwatch keep its promises while everything around it fails? A fleet of real processes (TLS servers,
 * workers, a server, Redis, a mail server, a name server) gets faults at random, and what was told is compared with what clients
 * would have met. docs/reliability.md explains it and lists the faults.
 *
 * Exit status 0: every change was told, nothing else was, no domain went unprobed, no fault was silent. 1: not so. 64: bad usage.
 */
import { setMaxListeners } from 'node:events';
import { parseOptions, type SoakOptions, usage } from './options.ts';
import { isGood, repeat, report } from './report.ts';
import { soak } from './run.ts';
import { goOn, nothing, type Tally } from './tally.ts';

// Everything that a round waits for listens to its signal: Node.js takes more than ten listeners for a leak.
setMaxListeners(0);

const startedAt = Date.now();
const say = (text: string) =>
  console.log(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(8)} s  ${text}`);

async function begin(args: readonly string[]): Promise<{ options: SoakOptions; tally: Tally }> {
  const options = parseOptions(args);
  return options.resumes ? goOn(options) : { options, tally: nothing(options.round) };
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Whoever asks twice does not want to wait for what is being ended; what is left of it is killed with this process.
    if (stop.signal.aborted) process.exit(1);
    stop.abort(new Error(`stopped by ${signal}; --resume goes on`));
  });
}

try {
  const { options, tally } = await begin(process.argv.slice(2));
  say(repeat(options));
  try {
    const result = await soak(options, tally, stop.signal, say);
    console.log(`\n${report(options, result)}`);
    process.exitCode = isGood(result) ? 0 : 1;
  } catch (error) {
    if (stop.signal.aborted) console.error(stop.signal.reason.message);
    else {
      console.error(error instanceof Error ? (error.stack ?? error.message) : error);
      console.error(`again: ${repeat(options)}`);
    }
    // A fault that hung may have left something that keeps this process; it is killed with it.
    process.exit(1);
  }
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  process.exitCode = 64;
}
