/** Prometheus' blackbox_exporter with a module for TLS over TCP, probed over HTTP as Prometheus would. */
import { mkdir, writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePort, startChild } from '../../lab/child.ts';
import { cpuMsOf } from './cpu.ts';
import { type Bout, type Peer, singleKeyPorts } from './peer.ts';

const module = `modules:
  tls:
    prober: tcp
    timeout: 5s
    tcp:
      tls: true
      tls_config:
        server_name: api-0.bench.example
`;

export async function startBlackbox(program: string, bout: Bout): Promise<Peer> {
  const { server, domains, concurrency, placement } = bout;
  const directory = join(bout.directory, 'blackbox');
  await mkdir(directory, { recursive: true });
  const config = join(directory, 'blackbox.yml');
  const roots = join(directory, 'roots.pem');
  await writeFile(config, module);
  await writeFile(roots, server.roots);
  const port = await freePort();
  const [command, args] = placement.measured('env', [
    // As the system's roots, which it reads once. It would read those of a ca_file for each probe.
    `SSL_CERT_FILE=${roots}`,
    'SSL_CERT_DIR=/nonexistent',
    program,
    `--config.file=${config}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  const { child } = await startChild(command, args, /Listening on/i);
  const { pid } = child.process;
  if (pid === undefined) throw new Error('unreachable: the process was just started');
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const targets = singleKeyPorts(bout).flatMap((target) => Array.from({ length: domains }, () => target));

  return {
    async round() {
      const before = cpuMsOf(pid);
      let next = 0;
      const lane = async () => {
        for (let target = targets[next++]; target !== undefined; target = targets[next++]) {
          const page = await read(
            `http://127.0.0.1:${port}/probe?module=tls&target=127.0.0.1:${target}`,
            agent,
          );
          if (!/^probe_success 1$/m.test(page))
            throw new Error(`blackbox_exporter: the probe failed:\n${page}`);
        }
      };
      await Promise.all(Array.from({ length: concurrency }, lane));
      return (cpuMsOf(pid) - before) / targets.length;
    },
    async close() {
      agent.destroy();
      await child.stop();
    },
  };
}

function read(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => text(response).then(resolve, reject)).once('error', reject);
  });
}
