/** `openssl s_server`: a second TLS implementation's view, and protocol versions that node:tls won't serve. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pemChain } from './authority.ts';
import { type Child, startChild, tool } from './child.ts';
import type { Chain } from './tls-server.ts';

export interface OpensslServerOptions {
  /** One chain, or an ECDSA and an RSA one. */
  readonly chains: readonly [Chain] | readonly [Chain, Chain];
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Further options of s_server, such as `-tls1`. */
  readonly args?: readonly string[];
}

export interface OpensslServer {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Serves one connection at a time. */
export async function startOpensslServer(options: OpensslServerOptions): Promise<OpensslServer> {
  const host = options.host ?? '127.0.0.1';
  const directory = await mkdtemp(join(tmpdir(), 'pinwatch-openssl-'));
  let child: Child;
  let port: number;
  try {
    const args = ['s_server', '-accept', `${host.includes(':') ? `[${host}]` : host}:${options.port ?? 0}`];
    for (const [index, chain] of options.chains.entries()) {
      args.push(...(await chainArguments(directory, index === 0 ? '' : 'd', chain)));
    }
    const ready = /^ACCEPT .*:(\d+)$/;
    const started = await startChild(tool('openssl'), [...args, ...(options.args ?? [])], ready);
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

/** A server that supports nothing newer than TLS 1.0. */
export function startTls10Server(chain: Chain, host?: string): Promise<OpensslServer> {
  const args = ['-tls1', '-cipher', 'DEFAULT@SECLEVEL=0'];
  return startOpensslServer({ chains: [chain], args, ...(host && { host }) });
}

async function chainArguments(directory: string, prefix: '' | 'd', chain: Chain): Promise<string[]> {
  const [leaf, ...rest] = chain;
  if (leaf === undefined) throw new TypeError('chains: expected a leaf in each chain, found an empty chain');
  const file = async (name: string, pem: string) => {
    const path = join(directory, `${prefix}${name}.pem`);
    // Private keys: readable by this user only.
    await writeFile(path, pem, { mode: 0o600 });
    return path;
  };
  const args = [
    `-${prefix}cert`,
    await file('cert', leaf.pem),
    `-${prefix}key`,
    await file('key', leaf.keyPem),
  ];
  if (rest.length > 0) args.push(`-${prefix}cert_chain`, await file('chain', pemChain(rest)));
  return args;
}
