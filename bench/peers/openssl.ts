/** `openssl s_time -new`: handshakes one after another, each in full and verified. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild } from '../../lab/child.ts';
import { childrenCpuMsOf } from './cpu.ts';
import { type Bout, type Peer, singleKeyPorts } from './peer.ts';

/** It counts in whole seconds. */
const secondsPerPort = 1;

export async function startOpenssl(program: string, bout: Bout): Promise<Peer> {
  const { server, placement } = bout;
  const directory = join(bout.directory, 'openssl');
  await mkdir(directory, { recursive: true });
  const roots = join(directory, 'roots.pem');
  await writeFile(roots, server.roots);
  const ports = singleKeyPorts(bout);
  const [command, args] = placement.measured('sh', [
    '-c',
    runs,
    'sh',
    program,
    String(secondsPerPort),
    roots,
  ]);
  const { child } = await startChild(command, args, /^ready$/);
  const { pid, stdin } = child.process;
  if (pid === undefined || stdin === null) throw new Error('unreachable: the process was just started');

  return {
    async round() {
      let costs = 0;
      for (const port of ports) {
        const before = childrenCpuMsOf(pid);
        const line = child.line(/(\d+) connections in \d+ real seconds/);
        const done = child.line(/^done$/);
        stdin.write(`${port}\n`);
        const [, connections] = await line;
        await done;
        costs += (childrenCpuMsOf(pid) - before) / Number(connections);
      }
      return costs / ports.length;
    },
    async close() {
      const ended = new Promise((resolve) => child.process.once('close', resolve));
      stdin.end();
      await ended;
    },
  };
}

/** The shell lives on, so that its children's CPU time can be read in /proc after they have ended. */
const runs = `echo ready
while read -r port; do
  "$1" s_time -connect "127.0.0.1:$port" -new -time "$2" -CAfile "$3" -verify 3
  echo done
done`;
