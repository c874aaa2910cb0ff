/** Runs other programs for the bootstrap: one line of progress each, their output only when they fail. */
import { spawn } from 'node:child_process';

/** What a person can act on: printed without a stack trace. */
export class BootstrapError extends Error {}

/** Progress goes to standard error: standard output belongs to the command that is being prepared. */
export function say(line) {
  process.stderr.write(`bootstrap: ${line}\n`);
}

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** The program that runs now, if any; the bootstrap's steps follow one another. */
let child;

/**
 * Runs `work`, and then `cleanup` (synchronous) in any case: also where the process is told to end in between.
 * Outside of it signals are left to whoever else wants them, such as the service that bin/pinwatch.js goes on to start.
 */
export async function withCleanup(work, cleanup) {
  const handlers = Object.entries(SIGNALS).map(([signal, status]) => [signal, () => endWith(signal, status)]);
  process.once('exit', cleanup);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  try {
    return await work();
  } finally {
    for (const [signal, handler] of handlers) process.off(signal, handler);
    process.off('exit', cleanup);
    cleanup();
  }
}

/** Ends after the program that runs: npm tidies up when it is told to end, and nobody else may start meanwhile. */
function endWith(signal, status) {
  if (child === undefined) process.exit(status);
  // Without its listener in run(), nothing goes on from here.
  child.removeAllListeners('close');
  child.once('close', () => process.exit(status));
  child.kill(signal);
}

/** Resolves with the exit status and everything printed; rejects only where the program can't be started at all. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const output = [];
    child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    child.stdout.on('data', (bytes) => output.push(bytes));
    child.stderr.on('data', (bytes) => output.push(bytes));
    child.once('error', (error) => {
      child = undefined;
      reject(new BootstrapError(`${command}: cannot be started: ${error.message}`));
    });
    child.once('close', (status, signal) => {
      child = undefined;
      resolve({ status: status ?? signal, output: Buffer.concat(output).toString('utf8').trimEnd() });
    });
  });
}

/** As run(), but a failure is an error that carries the program's output. */
export async function mustRun(command, args, options = {}) {
  const { status, output } = await run(command, args, options);
  if (status !== 0) {
    throw new BootstrapError(`${[command, ...args].join(' ')}: failed with status ${status}\n${output}`);
  }
  return output;
}
