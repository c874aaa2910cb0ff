/** Alertmanager, as Debian packages it, on loopback. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Child, findTool, freePort, startChild, tool } from '../../lab/child.ts';

// Debian's package has the longer name, for its daemon alone.
export const alertmanager = findTool('alertmanager') ? 'alertmanager' : 'prometheus-alertmanager';

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
}

export interface Alertmanager {
  /** `host:port`. */
  readonly address: string;
  /** What fires now. */
  firing(): Promise<Alert[]>;
  /** Starts it again at the same address, without what it knew. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startAlertmanager(config: object): Promise<Alertmanager> {
  const address = `127.0.0.1:${await freePort()}`;
  let dir = '';
  let child: Child;
  const start = async () => {
    dir = await mkdtemp(join(tmpdir(), 'pinwatch-alertmanager-'));
    const file = join(dir, 'alertmanager.yml');
    await writeFile(file, stringify(config));
    const args = [`--config.file=${file}`, `--storage.path=${dir}`, `--web.listen-address=${address}`];
    const started = await startChild(
      tool(alertmanager),
      [...args, '--cluster.listen-address='],
      /Listening on/,
    );
    child = started.child;
  };
  const close = async () => {
    await child.stop();
    await rm(dir, { recursive: true, force: true });
  };
  await start();
  return {
    address,
    async firing() {
      const response = await fetch(`http://${address}/api/v2/alerts`);
      return (await response.json()) as Alert[];
    },
    async restart() {
      await close();
      await start();
    },
    close,
  };
}
