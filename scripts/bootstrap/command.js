/** Runs other programs for the bootstrap: one line of progress each, their output only when they fail. */
import { spawn } from 'node:child_process';

/** An error that a person can act on: printed without a stack trace. */
export class BootstrapError extends Error {}

/** Progress goes to standard error: standard output belongs to the command that is being prepared. */
export function say(line) {
  process.stderr.write(`bootstrap: ${line}\n`);
}

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** The program that is running, if any: the steps run one after another. */
let child;

/**
 * Runs `work`, and then `cleanup` (synchronous) in any case, even if a signal ends the process in between.
 * Outside of it, signals are left to others, such as the service that bin/pinwatch.js starts afterwards.
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

/** Exits after the running program: npm cleans up on a signal, and no other bootstrap may start meanwhile. */
function endWith(signal, status) {
  if (child === undefined) process.exit(status);
  // Without the listener in run(), no further step starts.
  child.removeAllListeners('close');
  child.once('close', () => process.exit(status));
  child.kill(signal);
}

/** Resolves with the exit status and everything printed; rejects only if the program can't be started. */
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

/** Like run(), but a failure throws an error with the program's output. */
export async function mustRun(command, args, options = {}) {
  const { status, output } = await run(command, args, options);
  if (status !== 0) {
    throw new BootstrapError(`${[command, ...args].join(' ')}: failed with status ${status}\n${output}`);
  }
  return output;
}
