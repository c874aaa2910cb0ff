/**
 * Commands of the built program in processes that stay: to start Node.js and load the program takes longer than most
 * commands do. `ended` of cli/remote/admin.ts starts a process for one command, where the process itself is the subject.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandLine {
  /** Resolves when a process that runs only this command would have ended; commands may overlap. */
  run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended>;
  close(): Promise<void>;
}

const host = join(import.meta.dirname, 'command-host.js');

/** `program`: the built main.js. Relative paths in `args` are of `cwd`. */
export function openCommandLine(program: string, cwd: string): CommandLine {
  const idle: ChildProcess[] = [];
  const started = new Set<ChildProcess>();

  const start = () => {
    const child = fork(host, [program], {
      cwd,
      env: { PATH: process.env.PATH },
      execArgv: [],
      // A session of its own, so that a command has no terminal to ask on, wherever the tests run.
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    started.add(child);
    return child;
  };
  const run: CommandLine['run'] = async (args, env) => {
    const child = idle.pop() ?? start();
    const ended = new AbortController();
    const { signal } = ended;
    try {
      const answer = once(child, 'message', { signal }) as Promise<[Ended]>;
      const exit = once(child, 'exit', { signal }).then(([status]) => {
        throw new Error(`pinwatch ${args.join(' ')}: ended the process that it ran in, status ${status}`);
      });
      child.send({ args, env });
      const [result] = await Promise.race([answer, exit]);
      idle.push(child);
      return result;
    } finally {
      ended.abort();
    }
  };
  const close = async () => {
    await Promise.all(
      [...started].map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        child.kill('SIGKILL');
        await once(child, 'exit');
      }),
    );
  };
  return { run, close };
}
