/** nginx as a proxy in front of the service, in plain HTTP on loopback. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startChild, tool } from './child.ts';
import { withServer } from './nginx.ts';

export interface NginxProxy {
  readonly port: number;
  /** Of the process that answers. */
  readonly workerPid: number;
  close(): Promise<void>;
}

/** `locations` in the form of a configuration's `server` block. */
export async function startProxy(locations: string): Promise<NginxProxy> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'pinwatch-proxy-'));
  const configuration = join(directory, 'nginx.conf');
  await writeFile(configuration, withServer(directory, `\n    listen 127.0.0.1:${port};\n    ${locations}`));
  const args = ['-p', directory, '-c', configuration, '-e', 'stderr'];
  const { child, match } = await startChild(tool('nginx'), args, /start worker process (\d+)/).catch(
    async (error) => {
      await rm(directory, { recursive: true });
      throw error;
    },
  );
  return {
    port,
    workerPid: Number(match[1]),
    async close() {
      await child.stop();
      await rm(directory, { recursive: true });
    },
  };
}
