/** pinwatch's whole service or the bare loop, as a process of its own on a given Node. */
import { join } from 'node:path';
import { startChild } from '../../lab/child.ts';
import { cpuMsOf } from './cpu.ts';
import type { Bout, Peer } from './peer.ts';
import type { WorkerTask } from './worker.ts';

export async function startNodePeer(node: string, program: WorkerTask['program'], bout: Bout): Promise<Peer> {
  const { scenario, server, domains, concurrency, placement, directory } = bout;
  const task: WorkerTask = {
    ...{ program, scenario: scenario.name, server, domains, concurrency },
    directory: join(directory, 'redis'),
  };
  const [command, args] = placement.measured(node, [
    join(import.meta.dirname, 'worker.js'),
    JSON.stringify(task),
  ]);
  const { child, match } = await startChild(command, args, /^ready (\d+|null)$/);
  const { pid, stdin } = child.process;
  if (pid === undefined || stdin === null) throw new Error('unreachable: the process was just started');
  const storePid = Number(match[1]);
  if (storePid > 0) placement.moveAside(storePid);

  const answer = async (command: string, expected: RegExp) => {
    const line = child.line(expected);
    stdin.write(`${command}\n`);
    await line;
  };
  return {
    async round() {
      const before = cpuMsOf(pid);
      await answer('round', /^done$/);
      const spent = cpuMsOf(pid) - before;
      await answer('verify', /^verified$/);
      return spent / (domains * scenario.probed.length);
    },
    async close() {
      const ended = new Promise((resolve) => child.process.once('close', resolve));
      stdin.end();
      await ended;
    },
  };
}
