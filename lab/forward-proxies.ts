/** Proxies as companies run them in front of the Internet: tinyproxy (HTTP CONNECT) and microsocks (SOCKS5). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startChild, tool } from './child.ts';

export interface ForwardProxy {
  readonly port: number;
  close(): Promise<void>;
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** `ports`: those that it connects to. */
export async function startTinyproxy(
  ports: readonly number[],
  credentials: Credentials | null,
): Promise<ForwardProxy> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'pinwatch-tinyproxy-'));
  const configuration = join(directory, 'tinyproxy.conf');
  const lines = [
    `Port ${port}`,
    'Listen 127.0.0.1',
    'LogLevel Info',
    'MaxClients 100',
    ...ports.map((one) => `ConnectPort ${one}`),
    ...(credentials === null ? [] : [`BasicAuth ${credentials.user} ${credentials.password}`]),
  ];
  await writeFile(configuration, `${lines.join('\n')}\n`);
  const { child } = await startChild(
    tool('tinyproxy'),
    ['-d', '-c', configuration],
    /Accepting connections/,
  ).catch(async (error) => {
    await rm(directory, { recursive: true });
    throw error;
  });
  return {
    port,
    async close() {
      await child.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** It says nothing once it is ready, so it is asked. */
export async function startMicrosocks(credentials: Credentials | null): Promise<ForwardProxy> {
  const port = await freePort();
  const login = credentials === null ? [] : ['-u', credentials.user, '-P', credentials.password];
  const child = spawn(tool('microsocks'), ['-i', '127.0.0.1', '-p', String(port), ...login], {
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  while (!(await answers(port))) if (child.exitCode !== null) throw new Error('microsocks: it has ended');
  return {
    port,
    async close() {
      child.kill();
      await exited;
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const done = (is: boolean) => () => {
      socket.destroy();
      // The next attempt has to leave the process some time.
      setTimeout(resolve, is ? 0 : 20, is);
    };
    socket.once('connect', done(true)).once('error', done(false));
  });
}
