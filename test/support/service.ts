/** Runs the built program as a user would, and follows its log. Waits only for lines, answers and exits. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { tool } from '../../lab/child.ts';

/** A line of the service's log. */
export interface LogLine {
  readonly event?: string;
  readonly level: string;
  readonly msg: string;
  readonly domain?: string;
  readonly [field: string]: unknown;
}

type Fits = (line: LogLine) => boolean;

export interface Service {
  readonly process: ChildProcess;
  /** Everything logged so far. */
  readonly lines: readonly LogLine[];
  /** What was written to standard error so far. */
  readonly errors: readonly string[];
  /**
   * The `count`th matching line with this event, counted from `since` (an index into `lines`; default: the start).
   * Rejects with the end of the log if the process ends first.
   */
  line(event: string, fits?: Fits, since?: number, count?: number): Promise<LogLine>;
  /** Resolves when `count` sweeps have been planned from now on. */
  sweeps(count: number): Promise<void>;
  get(path: string): Promise<{ status: number; text: string }>;
  /** Asks `/readyz` until it answers with this status, and returns its reasons. */
  readiness(status: 200 | 503): Promise<readonly string[]>;
  /** Sends the signal and resolves with the exit status, null after SIGKILL. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  readonly exited: Promise<number | null>;
  /** Command lines of running processes that this one started, directly or not, or that run in this folder. */
  leftovers(folder: string): Promise<string[]>;
}

export interface ServiceOptions {
  readonly config: string;
  readonly role?: 'run' | 'server' | 'worker';
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Default: that of this checkout. */
  readonly program?: string;
  /** The network namespace that it runs in; see network.ts. Default: that of the tests. */
  readonly network?: string;
}

const ownProgram = join(import.meta.dirname, '..', '..', 'bin', 'pinwatch.js');

/** Does not wait for anything: the next step is `line('working')`, or `exited`. */
export function startService(options: ServiceOptions): Service {
  const { config, role = 'run', env = {}, cwd, program = ownProgram, network } = options;
  const mark = `PINWATCH_TEST_PROCESS=${randomUUID()}`;
  const [name = '', value = ''] = mark.split('=');
  // `ip netns exec` becomes the program that it starts.
  const within = network === undefined ? [] : [tool('ip'), 'netns', 'exec', network];
  const [command = '', ...args] = [...within, process.execPath, program, role, '--config', config, '--json'];
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, [name]: value, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  running.add(child);
  const lines: LogLine[] = [];
  const errors: string[] = [];
  const waiting = new Set<() => void>();
  const exited = once(child, 'close').then(([status]: (number | null)[]) => {
    running.delete(child);
    ended = true;
    for (const check of [...waiting]) check();
    return status ?? null;
  });
  let ended = false;
  createInterface({ input: child.stdout }).on('line', (text) => {
    lines.push(JSON.parse(text) as LogLine);
    for (const check of [...waiting]) check();
  });
  createInterface({ input: child.stderr }).on('line', (text) => errors.push(text));

  const line: Service['line'] = (event, fits = () => true, since = 0, count = 1) =>
    new Promise((resolve, reject) => {
      const check = () => {
        const found = lines.slice(since).filter((entry) => entry.event === event && fits(entry))[count - 1];
        if (found === undefined && !ended) return;
        waiting.delete(check);
        if (found) resolve(found);
        else reject(new Error(`the service ended before it logged ${event}:\n${tail(lines, errors)}`));
      };
      waiting.add(check);
      check();
    });

  const get: Service['get'] = async (path) => {
    const { address } = await line('listening');
    const response = await fetch(`${address}${path}`);
    return { status: response.status, text: await response.text() };
  };

  return {
    process: child,
    lines,
    errors,
    line,
    async sweeps(count) {
      await line('swept', undefined, lines.length, count);
    },
    get,
    async readiness(status) {
      // Only a request can tell; the next one goes out as soon as the last was answered.
      for (;;) {
        const answer = await get('/readyz');
        if (answer.status === status) return (JSON.parse(answer.text) as { reasons: string[] }).reasons;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      return exited;
    },
    exited,
    leftovers: (folder) => processesOf(mark, folder),
  };
}

function tail(lines: readonly LogLine[], errors: readonly string[]): string {
  return [...lines.slice(-15).map((line) => JSON.stringify(line).slice(0, 400)), ...errors.slice(-15)].join(
    '\n',
  );
}

/**
 * A child inherits its parent's environment: whoever has the mark descends from the service. A redis-server writes its
 * title over it, but works in its own folder. Linux only.
 */
async function processesOf(mark: string, folder: string): Promise<string[]> {
  if (!existsSync('/proc/self/environ')) return [];
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    const directory = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (!environment.split('\0').includes(mark) && !directory.startsWith(folder)) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command !== '') found.push(`${pid} ${command.replaceAll('\0', ' ').trim()}`);
  }
  return found;
}

// A service must not outlive a test run that dies of an exception.
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
