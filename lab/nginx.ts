/** nginx in the foreground, as a typical server in front of an API. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Issued, pemChain } from './authority.ts';
import { type Child, freePort, startChild, tool } from './child.ts';
import type { Chain } from './tls-server.ts';

export interface NginxOptions {
  /** One chain per key type. */
  readonly chains: readonly Chain[];
  /** Loopback addresses, all with the same port. Default 127.0.0.1. */
  readonly hosts?: readonly string[];
  /** Default: a free one. */
  readonly port?: number;
  /** In nginx's syntax. Default `TLSv1.2 TLSv1.3`. */
  readonly protocols?: string;
}

export interface Nginx {
  readonly hosts: readonly string[];
  readonly port: number;
  /** A graceful reload: once it resolves, new connections get these chains. */
  rotate(chains: readonly Chain[]): Promise<void>;
  close(): Promise<void>;
}

export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const hosts = options.hosts ?? ['127.0.0.1'];
  const port = options.port ?? (await freePort(hosts[0]));
  const directory = await mkdtemp(join(tmpdir(), 'pinwatch-nginx-'));
  const configuration = join(directory, 'nginx.conf');
  let generation = 0;

  const write = async (chains: readonly Chain[]) => {
    generation += 1;
    const files: string[] = [];
    for (const [index, chain] of chains.entries()) {
      const base = join(directory, `${generation}-${index}`);
      await writeFile(`${base}.crt`, pemChain(chain));
      // A private key: readable by this user only.
      await writeFile(`${base}.key`, leafOf(chain).keyPem, { mode: 0o600 });
      files.push(`ssl_certificate ${base}.crt;`, `ssl_certificate_key ${base}.key;`);
    }
    await writeFile(configuration, nginxConfiguration(directory, hosts, port, files, options.protocols));
  };

  let child: Child;
  try {
    await write(options.chains);
    const args = ['-p', directory, '-c', configuration, '-e', 'stderr'];
    ({ child } = await startChild(tool('nginx'), args, /start worker process \d+/));
  } catch (error) {
    await rm(directory, { recursive: true });
    throw error;
  }

  return {
    hosts,
    port,
    async rotate(chains) {
      await write(chains);
      // The master logs this once the new worker runs; only then does the old one stop accepting.
      const reloaded = child.line(/gracefully shutting down|\[emerg\].*/);
      child.process.kill('SIGHUP');
      const [text] = await reloaded;
      if (text.startsWith('[emerg]')) throw new Error(`nginx refused the new configuration: ${text}`);
    },
    async close() {
      await child.stop();
      await rm(directory, { recursive: true });
    },
  };
}

function leafOf(chain: Chain): Issued {
  const leaf = chain[0];
  if (leaf === undefined) throw new TypeError('chains: expected a leaf in each chain, found an empty chain');
  return leaf;
}

function nginxConfiguration(
  directory: string,
  hosts: readonly string[],
  port: number,
  certificates: readonly string[],
  protocols = 'TLSv1.2 TLSv1.3',
): string {
  const listens = hosts.map((host) => `listen ${host.includes(':') ? `[${host}]` : host}:${port} ssl;`);
  const server = `
    ${listens.join('\n    ')}
    ssl_protocols ${protocols};
    ssl_ciphers DEFAULT@SECLEVEL=0;
    ${certificates.join('\n    ')}
    return 200 "lab\\n";`;
  return withServer(directory, server);
}

/**
 * A whole configuration around the contents of `server { … }`; nginx writes its files into the folder. There is a zone
 * for `proxy_cache cache`.
 */
export function withServer(directory: string, server: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  );
  return `daemon off;
pid ${directory}/nginx.pid;
worker_processes 1;
error_log stderr notice;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 256; }
http {
  access_log off;
  ${temporary.join('\n  ')}
  proxy_cache_path ${directory}/cache keys_zone=cache:1m;
  server {${server}
  }
}
`;
}
