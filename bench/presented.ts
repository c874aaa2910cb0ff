/** What a server with an ECDSA and an RSA certificate shows, decoded once: the handshake that bench/flat.ts leaves out. */
import { createRoot } from '../lab/authority.ts';
import { createChainReader } from '../src/adapters/x509/chain-reader.ts';
import type { KeyType, Observation } from '../src/core/observation.ts';
import type { Pin } from '../src/core/pin.ts';

export interface Presented {
  readonly pins: readonly Pin[];
  readonly observations: readonly Observation[];
}

const host = 'api.bench.example';

export function presentBoth(): Presented {
  const shown = (['ecdsa', 'rsa'] as const).map(present);
  return { pins: shown.map(({ pin }) => pin), observations: shown.map(({ observation }) => observation) };
}

function present(keyType: KeyType): { readonly pin: Pin; readonly observation: Observation } {
  const algorithm = keyType === 'rsa' ? 'rsa-2048' : 'ec-p256';
  const root = createRoot({ commonName: `Bench Root ${keyType}`, algorithm });
  const issuing = root.intermediate({ commonName: `Bench Intermediate ${keyType}`, algorithm });
  const leaf = issuing.leaf({ names: [host], algorithm });
  const read = createChainReader({ roots: [root.pem] }).read(
    [leaf.der, issuing.issued.der],
    host,
    undefined,
    Date.now(),
  );
  if (read.failure !== null) throw new Error(read.failure.message);
  const observation: Observation = {
    ...{ address: '192.0.2.1', keyType, durationMs: 12, failure: null, broken: null },
    ...{ protocol: 'TLSv1.3', negotiated: { suite: 'TLS_AES_128_GCM_SHA256', group: 'X25519', sha1: false } },
    ...read.decoded,
  };
  return { pin: leaf.pin, observation };
}
