/** What is written for curl, given to curl. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRoot } from '../../../../lab/authority.ts';
import { tool } from '../../../../lab/child.ts';
import { startTlsServer, type TlsServer } from '../../../../lab/tls-server.ts';
import { pinWriter } from '../../../../src/adapters/pin-formats/write/pin-writer.ts';
import type { Pin } from '../../../../src/core/pin.ts';
import { requires } from '../../../support/requires.ts';
import { made } from '../made-pins.ts';

const host = 'api.example.com';
/** CURLE_SSL_PINNEDPUBKEYNOTMATCH. */
const notPinned = 90;

requires('curl', 'sh')('curl', () => {
  const root = createRoot({ commonName: 'Root' });
  const issuing = root.intermediate({ commonName: 'Issuing' });
  const leaf = issuing.leaf({ names: [host] });
  let server: TlsServer;
  let directory: string;
  beforeAll(async () => {
    server = await startTlsServer({ chains: [[leaf, issuing.issued]] });
    directory = await mkdtemp(join(tmpdir(), 'pinwatch-curl-'));
    await writeFile(join(directory, 'root.pem'), root.pem);
  });
  afterAll(async () => {
    await server.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** The exit status; the server closes without an answer, which is another error than that of a pin. */
  async function isPinned(pinning: string): Promise<boolean> {
    const reach = `--resolve ${host}:${server.port}:127.0.0.1 --cacert root.pem https://${host}:${server.port}/`;
    const line = `exec '${tool('curl')}' -q --silent --max-time 20 ${pinning.trim()} ${reach}`;
    try {
      await promisify(execFile)(tool('sh'), ['-c', line], { cwd: directory });
      return true;
    } catch (error) {
      return (error as { code?: number }).code !== notPinned;
    }
  }

  function written(anyOf: readonly Pin[]): string {
    const rule = {
      pattern: { kind: 'exact', name: host },
      allOf: [{ at: 'leaf', anyOf }],
      enforce: true,
    } as const;
    const rules = { resolution: 'union', trust: 'platform', rules: [rule] } as const;
    const result = pinWriter.write('curl', rules, { seen: new Map() });
    if (!result.ok) throw new Error(result.problems.join('\n'));
    return result.text;
  }

  test('takes the option as it is written, and compares the key of the leaf alone', async () => {
    expect(await isPinned(written([leaf.pin]))).toBe(true);
    expect(await isPinned(written([made('a'), leaf.pin]))).toBe(true);
    expect(await isPinned(written([made('a'), made('b')]))).toBe(false);
    expect(await isPinned(written([issuing.issued.pin]))).toBe(false);
  });

  test('takes no hash that is followed by a semicolon, and none after a single slash', async () => {
    const digest = leaf.pin.slice('sha256/'.length);
    expect(await isPinned(`--pinnedpubkey 'sha256//${digest}'`)).toBe(true);
    expect(await isPinned(`--pinnedpubkey 'sha256//${digest};'`)).toBe(false);
    expect(await isPinned(`--pinnedpubkey 'sha256//${made('a').slice(7)};sha256/${digest}'`)).toBe(false);
  });
});
