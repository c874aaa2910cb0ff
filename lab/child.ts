/** Server child processes: started, awaited until they are ready, and ended with the process that started them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, isAbsolute, join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Child {
  readonly process: ChildProcess;
  /** Resolves with the first match in any line of output from now on; rejects if the child exits first. */
  line(pattern: RegExp): Promise<RegExpMatchArray>;
  /** Sends this signal (default SIGTERM), after 5 s SIGKILL, and resolves when the child has exited. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts `command`, and resolves once a line of output matches `ready`. Rejects with the output if it exits first. */
export async function startChild(
  command: string,
  args: readonly string[],
  ready: RegExp,
): Promise<{ child: Child; match: RegExpMatchArray }> {
  const process_ = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const exited = new Promise<void>((resolve) => process_.once('close', () => resolve()));
  const failed = new Promise<never>((_, reject) => process_.once('error', reject));
  failed.catch(() => {}); // it rejects the lines that are awaited
  const recent: string[] = [];
  const waiting = new Set<(line: string) => void>();
  for (const stream of [process_.stdout, process_.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      recent.push(line);
      if (recent.length > KEPT_LINES) recent.shift();
      for (const check of [...waiting]) check(line);
    });
  }
  // Writing to a child that has exited gives an EPIPE, which doesn't matter.
  process_.stdin.on('error', () => {});

  const line = (pattern: RegExp) =>
    new Promise<RegExpMatchArray>((resolve, reject) => {
      const check = (text: string) => {
        const match = text.match(pattern);
        if (match === null) return;
        waiting.delete(check);
        resolve(match);
      };
      waiting.add(check);
      failed.catch(reject);
      void exited.then(() =>
        reject(new Error(`${command} exited before its output matched ${pattern}:\n${recent.join('\n')}`)),
      );
    });

  const child: Child = {
    process: process_,
    line,
    async stop(signal = 'SIGTERM') {
      process_.kill(signal);
      const timer = setTimeout(() => process_.kill('SIGKILL'), 5000);
      await exited;
      clearTimeout(timer);
    },
  };
  running.add(process_);
  void exited.then(() => running.delete(process_));
  return { child, match: await line(ready) };
}

const KEPT_LINES = 50;

// A child must not outlive a test run that dies of an exception. SIGKILL, because nothing is left to wait for it.
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * The path of an executable on PATH or where Debian keeps its daemons; a file named by its path gives that path.
 * undefined if there is none.
 */
export function findTool(name: string): string | undefined {
  if (isAbsolute(name)) return existsSync(name) ? name : undefined;
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return directories
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // missing, or not executable for this user: keep searching
  }
}

/** Like findTool, but throws an error that says what is missing. */
export function tool(name: string): string {
  const found = findTool(name);
  if (found === undefined)
    throw new Error(
      `${name}: not found on PATH; as root on Debian, node scripts/bootstrap.js test installs it`,
    );
  return found;
}

/** A port that nothing is listening on, for servers that can't choose one themselves. */
export function freePort(host = '127.0.0.1'): Promise<number> {
  return sharedPort([host]);
}

/**
 * A port that is free on several loopback addresses, for servers that share it. It is below the ephemeral range, from
 * which an outgoing connection could take it before the server does, or while the server is down.
 */
export async function sharedPort(hosts: readonly string[]): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const free = await Promise.all(hosts.map((host) => isFree(host, port)));
    if (free.every(Boolean)) return port;
  }
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port }, () => server.close(() => resolve(true)));
  });
}
