/**
 * The TLS server that is probed, in its own process so that its CPU is not counted.
 *
 *   node dist/bench/server.js [--max-version TLSv1.2|TLSv1.3] ecdsa|rsa …
 *
 * Prints one line: `ready` and JSON with its ports and the matching pins and roots.
 */
import type { SecureVersion } from 'node:tls';
import { parseArgs } from 'node:util';
import { createRoot } from '../lab/authority.ts';
import { startTlsServer } from '../lab/tls-server.ts';
import type { KeyType } from '../src/core/observation.ts';
import type { Pin } from '../src/core/pin.ts';

export interface BenchServer {
  /** Serves every kind of key. */
  readonly port: number;
  /** Each serves one kind, for clients that cannot ask for it. */
  readonly ports: Readonly<Partial<Record<KeyType, number>>>;
  /** PEM of the roots. */
  readonly roots: string;
  /** The pins of the leaves. */
  readonly pins: readonly Pin[];
}

/** One wildcard fits every domain of the benchmark. */
const names = ['*.bench.example'];

const { values, positionals: keyTypes } = parseArgs({
  options: { 'max-version': { type: 'string', default: 'TLSv1.3' } },
  allowPositionals: true,
});
const maxVersion = values['max-version'] as SecureVersion;

const issued = keyTypes.map((keyType) => {
  const algorithm = keyType === 'rsa' ? 'rsa-2048' : 'ec-p256';
  const root = createRoot({ commonName: `Bench Root ${keyType}`, algorithm });
  const issuing = root.intermediate({ commonName: `Bench Intermediate ${keyType}`, algorithm });
  return { keyType, root, chain: [issuing.leaf({ names, algorithm }), issuing.issued] };
});
const { port } = await startTlsServer({ chains: issued.map(({ chain }) => chain), maxVersion });
const ports: Partial<Record<string, number>> = {};
for (const { keyType, chain } of issued) {
  ports[keyType] = (await startTlsServer({ chains: [chain], maxVersion })).port;
}
const server: BenchServer = {
  port,
  ports,
  roots: issued.map(({ root }) => root.pem).join(''),
  pins: issued.flatMap(({ chain }) => chain.slice(0, 1).map(({ pin }) => pin)),
};
console.log(`ready ${JSON.stringify(server)}`);
