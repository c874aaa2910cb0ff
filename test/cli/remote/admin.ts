/** An admin's command line, beside a real running service. */
import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { type Api, program, type Stage, setStage } from '../../service/stage.ts';
import type { Ended } from '../../support/command-line.ts';
import type { Service } from '../../support/service.ts';

export type { Ended };
export { program };

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Admin {
  readonly stage: Stage;
  readonly service: Service;
  readonly url: string;
  readonly config: string;
  /** `pinwatch …` in the stage's folder; its environment has only `PINWATCH_URL` and `more`. */
  run(args: readonly string[], more?: Environment): Promise<Ended>;
  /** The same for a command that must succeed: its standard output. */
  ok(...args: readonly string[]): Promise<string>;
  /** The options that lead to a server of the stage. */
  reach(): string[];
  add(account: string, api: Api, ...more: readonly string[]): Promise<string>;
}

/** A service without anything in its file. */
export async function setAdmin(
  http: Readonly<Record<string, unknown>> = {},
  more: Readonly<Record<string, unknown>> = {},
): Promise<Admin> {
  const stage = await setStage();
  const config = await stage.configure([], {
    interval: '1h',
    accounts: {},
    http: { listen: '127.0.0.1:0', probesPerMinute: 1_000, changesPerMinute: 100_000, ...http },
    ...more,
  });
  const service = stage.start({ config });
  await service.line('working');
  const { address } = await service.line('listening');
  const url = String(address);

  const run: Admin['run'] = (args, more = {}) => stage.command(args, { PINWATCH_URL: url, ...more });
  const ok: Admin['ok'] = async (...args) => {
    const { status, stdout, stderr } = await run(args);
    if (status !== 0) throw new Error(`pinwatch ${args.join(' ')}: exit status ${status}\n${stderr}`);
    return stdout;
  };
  const reach = () => ['--connect', '127.0.0.1', '--ca-file', 'root.pem'];
  const add: Admin['add'] = (account, api, ...more) =>
    ok('domain', 'add', account, api.name, ...reach(), ...more);
  return { stage, service, url, config, run, ok, reach, add };
}

/** Without the developer's home folder and terminal colours. */
export function environment(home: string, more: Environment): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: home, ...more };
}

/** `typed` is entered as soon as a question is asked. */
export async function ended(
  command: readonly string[],
  options: SpawnOptions,
  typed: string | null = null,
): Promise<Ended> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, {
    ...options,
    stdio: [typed === null ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  child.stdout?.on('data', (chunk: Buffer) => {
    if (chunk.includes('? [y/N] ')) child.stdin?.end(typed);
  });
  const [stdout, stderr, [status]] = await Promise.all([
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { status, stdout, stderr };
}
