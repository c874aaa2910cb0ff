/** unbound as an encrypted name server on loopback, for a zone of its own: DNS over TLS and over HTTPS. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startChild, tool } from './child.ts';

export interface Unbound {
  readonly tlsPort: number;
  readonly httpsPort: number;
  /** Every question so far, as unbound logs them. */
  readonly log: readonly string[];
  close(): Promise<void>;
}

/** `records` in the form of `local-data`, such as `api.example.com. A 192.0.2.10`. */
export async function startUnbound(
  records: readonly string[],
  { key, certificate }: { readonly key: string; readonly certificate: string },
): Promise<Unbound> {
  const [tlsPort, httpsPort] = [await freePort(), await freePort()];
  const directory = await mkdtemp(join(tmpdir(), 'pinwatch-unbound-'));
  const file = (name: string) => join(directory, name);
  await writeFile(file('key.pem'), key, { mode: 0o600 });
  await writeFile(file('certificate.pem'), certificate);
  await writeFile(
    file('unbound.conf'),
    `server:
  interface: 127.0.0.1@${tlsPort}
  interface: 127.0.0.1@${httpsPort}
  tls-port: ${tlsPort}
  https-port: ${httpsPort}
  tls-service-key: "${file('key.pem')}"
  tls-service-pem: "${file('certificate.pem')}"
  directory: "${directory}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  logfile: ""
  verbosity: 1
  log-queries: yes
  do-daemonize: no
  module-config: "iterator"
  access-control: 127.0.0.0/8 allow
  local-zone: "." static
  ${records.map((record) => `local-data: "${record}"`).join('\n  ')}
remote-control:
  control-enable: no
`,
  );
  const log: string[] = [];
  const { child } = await startChild(
    tool('unbound'),
    ['-d', '-c', file('unbound.conf')],
    /start of service/,
  ).catch(async (error) => {
    await rm(directory, { recursive: true });
    throw error;
  });
  child.process.stderr?.on('data', (text: Buffer) => log.push(text.toString()));
  return {
    tlsPort,
    httpsPort,
    log,
    async close() {
      await child.stop();
      await rm(directory, { recursive: true });
    },
  };
}
