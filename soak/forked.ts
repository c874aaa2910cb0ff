/** A child process that runs a module of the soak, takes one command at a time and answers each. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Forked {
  readonly process: ChildProcess;
  /** Resolves when the child has carried it out, in the order given; rejects if the child fails or ends. */
  ask(command: object): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface Answer {
  readonly answers: number;
  readonly error?: string;
}

export function forkModule(url: URL, onMessage: (message: unknown) => void = () => {}): Forked {
  const child = fork(fileURLToPath(url), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  running.add(child);
  const open = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  let asked = 0;
  const exited = once(child, 'exit').then(() => {
    running.delete(child);
    for (const { reject } of open.values()) reject(new Error('the process has ended'));
    open.clear();
  });
  child.on('message', (message: Answer | unknown) => {
    const { answers, error } = message as Partial<Answer>;
    if (answers === undefined) return onMessage(message);
    const waiting = open.get(answers);
    open.delete(answers);
    if (error === undefined) waiting?.resolve();
    else waiting?.reject(new Error(error));
  });
  // A killed child's channel breaks; whoever waits for an answer is told by the exit.
  child.on('error', () => {});
  return {
    process: child,
    ask(command) {
      asked += 1;
      const id = asked;
      return new Promise((resolve, reject) => {
        if (!child.connected) return reject(new Error('the process has ended'));
        open.set(id, { resolve, reject });
        child.send({ id, command });
      });
    },
    async stop(signal = 'SIGKILL') {
      child.kill(signal);
      await exited;
    },
  };
}

/** In the child: carries out the commands of `ask`, one after another. */
export function answerCommands<Command>(carryOut: (command: Command) => Promise<void>): void {
  let last = Promise.resolve();
  process.on('message', ({ id, command }: { id: number; command: Command }) => {
    last = last
      .then(() => carryOut(command))
      .then(
        () => void process.send?.({ answers: id }),
        (error: unknown) => void process.send?.({ answers: id, error: String(error) }),
      );
  });
  // The soak is gone, however it ended.
  process.on('disconnect', () => process.exit());
}

// None may outlive a soak that dies of an exception.
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
