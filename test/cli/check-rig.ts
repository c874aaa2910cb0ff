/** `pinwatch check` as the tests run it, against servers under a root of the lab. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { createRoot, type Issued } from '../../lab/authority.ts';
import type { Endpoint } from '../../lab/sockets.ts';
import { type Chain, startTlsServer, type TlsServer } from '../../lab/tls-server.ts';
import { type CheckOptions, check } from '../../src/cli/check.ts';
import { composeCheck } from '../../src/compose/probe.ts';
import { readFile } from '../../src/config/read-text.ts';
import type { Check } from '../../src/core/check.ts';

export const name = 'api.lab.example';
export const folder = mkdtempSync(join(tmpdir(), 'pinwatch-check-'));
export const rootFile = join(folder, 'root.pem');
export const root = createRoot({ commonName: 'Lab Root' });
export const issuing = root.intermediate({ commonName: 'Lab Intermediate' });
export const stray = createRoot({ commonName: 'Stray Root' }).issued;
export const leafFor = (options = {}) => issuing.leaf({ commonName: name, names: [name], ...options });
export const ecdsa = leafFor();
export const rsa = leafFor({ algorithm: 'rsa-2048' });
export const backup = leafFor().pin;
export const esc = String.fromCodePoint(0x1b);

export const open: Endpoint[] = [];
export async function serve(chains: readonly Chain[], host?: string, port?: number): Promise<TlsServer> {
  const server = await startTlsServer({ chains, ...(host && { host }), ...(port && { port }) });
  open.push(server);
  return server;
}
export const chain = (leaf: Issued, ...more: Issued[]): Chain => [leaf, issuing.issued, ...more];

beforeAll(() => writeFileSync(rootFile, root.pem));
afterAll(async () => {
  await Promise.all(open.map((server) => server.close()));
  rmSync(folder, { recursive: true });
});

export interface Result {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function run(
  target: string,
  options: Partial<CheckOptions> = {},
  colour = false,
): Promise<Result> {
  const text = { stdout: '', stderr: '' };
  const write = (to: keyof typeof text) => (more: string) => {
    text[to] += more;
  };
  const output = { stdout: write('stdout'), stderr: write('stderr'), colour };
  const status = await check([target], { timeout: '10s', ...options }, output, composeCheck(readFile));
  return { status, ...text };
}

/** One server on loopback, under the lab's root. */
export function look(
  server: TlsServer,
  options: Partial<CheckOptions> = {},
  colour = false,
): Promise<Result> {
  const target = `${name}:${server.port}`;
  return run(target, { connect: ['127.0.0.1'], caFile: rootFile, ...options }, colour);
}

export const parse = ({ stdout }: Result) => JSON.parse(stdout) as Check;
export const codes = (result: Result) => parse(result).findings.map(({ code }) => code);
