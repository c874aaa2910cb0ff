import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';

/** A line of the service's log. */
export interface LogLine {
  readonly event?: string;
  readonly level: string;
  readonly msg: string;
  readonly domain?: string;
  readonly verdict?: string;
  readonly address?: string;
}

export interface RunningService {
  /** Resolves with the next line that fits; rejects if the service ends first. */
  line(fits: (line: LogLine) => boolean): Promise<LogLine>;
  readonly onLine: (listener: (line: LogLine) => void) => void;
  stop(): Promise<void>;
}

/** Starts `pinwatch run` as a user would, and follows its log. */
export function startService(program: string, config: string): RunningService {
  const child: ChildProcess = spawn(process.execPath, [program, 'run', '--config', config, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = new EventEmitter().setMaxListeners(0);
  const ended = once(child, 'exit');
  if (child.stdout)
    createInterface({ input: child.stdout }).on('line', (text) => lines.emit('line', JSON.parse(text)));
  process.on('exit', () => child.kill());
  return {
    onLine: (listener) => {
      lines.on('line', listener);
    },
    line(fits) {
      return new Promise((resolve, reject) => {
        const check = (line: LogLine) => {
          if (!fits(line)) return;
          lines.off('line', check);
          resolve(line);
        };
        lines.on('line', check);
        void ended.then(([status]) => reject(new Error(`the service ended with exit status ${status}`)));
      });
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
