/** Java's own TLS server: the one in use that demands most of a client's hello. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pemChain } from './authority.ts';
import { type Child, startChild, tool } from './child.ts';
import type { Chain } from './tls-server.ts';

export interface JavaServerOptions {
  /** One chain per key type. */
  readonly chains: readonly Chain[];
  readonly protocols: readonly ('TLSv1.2' | 'TLSv1.3')[];
  /** Requires a client certificate. */
  readonly needsClientCertificate?: boolean;
}

export interface JavaServer {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Needs a JDK: the server is compiled each time, in about two seconds. */
export async function startJavaServer(options: JavaServerOptions): Promise<JavaServer> {
  const host = '127.0.0.1';
  const directory = await mkdtemp(join(tmpdir(), 'pinwatch-java-'));
  let child: Child;
  let port: number;
  try {
    for (const [index, chain] of options.chains.entries()) {
      await writeFile(join(directory, `${index}.crt`), pemChain(chain));
      // A private key: readable by this user only.
      await writeFile(join(directory, `${index}.key`), chain[0]?.keyPem ?? '', { mode: 0o600 });
    }
    const source = join(import.meta.dirname, 'JavaServer.java');
    const demand = options.needsClientCertificate ? 'need' : 'any';
    const where = [host, '0', options.protocols.join(','), demand, directory, String(options.chains.length)];
    const args = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', source, ...where];
    const started = await startChild(tool('java'), args, /^ready (\d+)$/);
    child = started.child;
    port = Number(started.match[1]);
  } catch (error) {
    await rm(directory, { recursive: true });
    throw error;
  }
  return {
    host,
    port,
    async close() {
      await child.stop();
      await rm(directory, { recursive: true });
    },
  };
}
