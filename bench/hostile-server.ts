/**
 * The servers of a hostile tenant, in their own process: one never answers, one sends a byte now and then, one floods,
 * and one has a chain that is as long and as slow to verify as allowed, and different for each connection.
 *
 *   node dist/bench/hostile-server.js
 *
 * Prints one line: `ready` and JSON of their ports, and of roots that are slow to verify.
 */
import { createRoot } from '../lab/authority.ts';
import { drip, floodOfBytes, silent } from '../lab/hostile.ts';
import { startTlsServer } from '../lab/tls-server.ts';

export interface HostileServer {
  readonly ports: readonly number[];
  /** One PEM each. */
  readonly roots: readonly string[];
}

const names = ['*.hostile.example'];
/** P-521 is the slowest of the accepted keys. */
const algorithm = 'ec-p521';

function longChain() {
  let issuer = createRoot({ commonName: 'Hostile', algorithm });
  const sent = [];
  for (let depth = 0; depth < 18; depth += 1) {
    issuer = issuer.intermediate({ commonName: 'Hostile', algorithm });
    sent.unshift(issuer.issued);
  }
  return [issuer.leaf({ names, algorithm }), ...sent];
}

const [quiet, slow, loud] = await Promise.all([silent(), drip(), floodOfBytes()]);
const server = await startTlsServer({ chains: [longChain()] });
server.balance(Array.from({ length: 50 }, () => [longChain()]));
const hostile: HostileServer = {
  ports: [quiet.port, slow.port, loud.port, server.port],
  // Has the same name as the chain's issuers, so that each is tried.
  roots: Array.from({ length: 200 }, () => createRoot({ commonName: 'Hostile', algorithm }).pem),
};
console.log(`ready ${JSON.stringify(hostile)}`);
