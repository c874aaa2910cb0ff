/** One pinwatch process of the fleet: started, followed, ended and started again, like under a supervisor. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Lines, LogLine } from './lines.ts';

export interface PinwatchOptions {
  readonly name: string;
  readonly role: 'server' | 'worker';
  readonly config: string;
  /** host:port of its metrics. */
  readonly listen: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

export interface Pinwatch {
  readonly name: string;
  readonly role: 'server' | 'worker';
  readonly pid: () => number | undefined;
  /** Resolves once it is working. `program`: what Node.js runs; default: this version. */
  start(signal: AbortSignal, program?: string): Promise<void>;
  /** Resolves with its exit status, null after SIGKILL. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** As Prometheus sees it: null if there is no answer within 2 s. */
  scrape(): Promise<string | null>;
}

const scrapeMs = 2_000;
const ownProgram = new URL('../../bin/pinwatch.js', import.meta.url).pathname;

/** `onExit` hears of every end that `stop` did not ask for. */
export function createPinwatch(
  options: PinwatchOptions,
  lines: Lines,
  onExit: (status: string) => void,
): Pinwatch {
  const { name, role, config, listen, env, logFile } = options;
  const log: WriteStream = createWriteStream(logFile, { flags: 'a' });
  let child: ChildProcess | undefined;
  let isStopping = false;

  function follow(started: ChildProcess): void {
    if (started.stdout === null || started.stderr === null) throw new Error('unreachable: both are pipes');
    createInterface({ input: started.stdout }).on('line', (text) => {
      const line = parsed(text);
      if (line.level !== 'debug') log.write(`${text}\n`);
      lines.add({ process: name, line, at: Date.now() });
    });
    createInterface({ input: started.stderr }).on('line', (text) => void log.write(`stderr: ${text}\n`));
    started.once('exit', (status, signal) => {
      running.delete(started);
      log.write(`exited: ${status ?? signal}\n`);
      if (child !== started || isStopping) return;
      child = undefined;
      onExit(String(status ?? signal));
    });
  }

  return {
    ...{ name, role },
    pid: () => child?.pid,
    async start(signal, program = ownProgram) {
      const working = lines.next((seen) => seen.process === name && seen.line.event === 'working', signal);
      isStopping = false;
      child = spawn(process.execPath, [program, role, '--config', config, '--json'], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      });
      running.add(child);
      follow(child);
      const ended = once(child, 'exit').then(([status, by]) => {
        throw new Error(`${name} ended before it was working: ${status ?? by}`);
      });
      await Promise.race([working, ended]);
      // It ends some day; onExit or stop hears of that.
      ended.catch(() => {});
    },
    async stop(signal = 'SIGTERM') {
      const stopped = child;
      if (stopped === undefined) return null;
      isStopping = true;
      // Its last lines, too.
      const closed = once(stopped, 'close');
      stopped.kill(signal);
      const [status] = (await closed) as [number | null];
      child = undefined;
      return status;
    },
    signal: (signal) => void child?.kill(signal),
    async scrape() {
      try {
        const answer = await fetch(`http://${listen}/metrics`, { signal: AbortSignal.timeout(scrapeMs) });
        return await answer.text();
      } catch {
        return null; // refused, reset or too late: Prometheus makes no difference either
      }
    },
  };
}

function parsed(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { level: 'error', event: 'not_json', msg: text };
  }
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
