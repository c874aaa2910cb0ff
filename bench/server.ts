/**
 * The TLS server that is probed, in its own process so that its CPU is not counted.
 *
 *   node dist/bench/server.js ecdsa|rsa …
 *
 * Prints one line: `ready` and JSON with its port and the matching pins and roots.
 */
import { createRoot } from '../lab/authority.ts';
import { startTlsServer } from '../lab/tls-server.ts';
import type { Pin } from '../src/core/pin.ts';

export interface BenchServer {
  readonly port: number;
  /** PEM of the roots. */
  readonly roots: string;
  /** The pins of the leaves. */
  readonly pins: readonly Pin[];
}

/** One wildcard fits every domain of the benchmark. */
const names = ['*.bench.example'];

const issued = process.argv.slice(2).map((keyType) => {
  const algorithm = keyType === 'rsa' ? 'rsa-2048' : 'ec-p256';
  const root = createRoot({ commonName: `Bench Root ${keyType}`, algorithm });
  const issuing = root.intermediate({ commonName: `Bench Intermediate ${keyType}`, algorithm });
  return { root, chain: [issuing.leaf({ names, algorithm }), issuing.issued] };
});
const { port } = await startTlsServer({ chains: issued.map(({ chain }) => chain) });
const server: BenchServer = {
  port,
  roots: issued.map(({ root }) => root.pem).join(''),
  pins: issued.flatMap(({ chain }) => chain.slice(0, 1).map(({ pin }) => pin)),
};
console.log(`ready ${JSON.stringify(server)}`);
