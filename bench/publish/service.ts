/** The whole service, as `pinwatch run` starts it, with one account. */
import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild } from '../../lab/child.ts';
import { createApiClient } from '../api-client.ts';

export interface BenchService {
  readonly url: URL;
  readonly pid: number;
  readonly token: string;
  /** Resident, in bytes. */
  residentBytes(): number;
  ask: ReturnType<typeof createApiClient>['ask'];
  close(): Promise<void>;
}

/** `directory` is emptied, but for the folder `pins` in it. */
export async function startService(directory: string, hosts: readonly string[]): Promise<BenchService> {
  await rm(join(directory, 'state'), { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const pins = [`sha256/${'A'.repeat(43)}=`, `sha256/${'E'.repeat(43)}=`];
  const file = join(directory, 'pinwatch.yaml');
  const config = {
    stateDir: 'state',
    http: { listen: '127.0.0.1:0' },
    // Every name is looked up in vain, and nothing is connected to.
    network: { allow: ['127.0.0.0/8'] },
    publish: { keyDir: 'keys', directory: 'pins' },
    accounts: {
      bench: {
        contacts: ['a@bench.example'],
        domains: hosts.map((host) => ({ host, pins, connect: ['127.0.0.1'], deliver: { mode: 'observe' } })),
      },
    },
  };
  await writeFile(file, JSON.stringify(config));
  const token = 'of-the-benchmark-for-publishing';
  process.env.PINWATCH_ADMIN_TOKEN = token;
  const main = join(import.meta.dirname, '..', '..', 'src', 'main.js');
  const { child, match } = await startChild(
    process.execPath,
    [main, 'run', '--config', file, '--json'],
    /"event":"listening","address":"([^"]+)"/,
  );
  const url = new URL(match[1] ?? '');
  const { ask } = createApiClient(url);
  const pid = child.process.pid ?? 0;
  return {
    url,
    pid,
    token,
    residentBytes: () =>
      Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024,
    ask,
    close: () => child.stop(),
  };
}
