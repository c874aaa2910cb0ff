/** What the benchmark serves and how it is probed. */
import { createSecureContext, type SecureContext } from 'node:tls';
import { createContexts } from '../src/adapters/tls/contexts.ts';
import type { KeyType } from '../src/core/observation.ts';

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** The key types that the server has; each with an intermediate and a root of the same type. */
  readonly served: readonly KeyType[];
  /** The key types that a domain is probed with: its endpoints, as it has one address. */
  readonly probed: readonly KeyType[];
  /** The connections that one probe of a domain makes, by the key type that each offers. */
  readonly attempts: readonly KeyType[];
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'ecdsa',
    title: 'ECDSA P-256',
    served: ['ecdsa'],
    probed: ['ecdsa'],
    attempts: ['ecdsa'],
  },
  {
    name: 'rsa',
    title: 'RSA-2048',
    served: ['rsa'],
    probed: ['rsa'],
    attempts: ['rsa'],
  },
  {
    name: 'both',
    title: 'both key types',
    served: ['ecdsa', 'rsa'],
    probed: ['ecdsa', 'rsa'],
    attempts: ['ecdsa', 'rsa'],
  },
  {
    name: 'refused',
    title: 'ECDSA, RSA refused',
    served: ['ecdsa'],
    probed: ['ecdsa', 'rsa'],
    // A key type that is refused is asked for twice: by signature algorithms, then by cipher suites.
    attempts: ['ecdsa', 'rsa', 'rsa'],
  },
];

/** One context for each attempt, shared by all connections of the loop. */
export type BareContexts = readonly SecureContext[];

/** As somebody would write the loop: Node's defaults and the root. Only where both types are asked for must it say which. */
export function defaultContexts({ served, attempts }: Scenario, roots: string): BareContexts {
  const byType = {
    ecdsa: createSecureContext({ ca: roots, sigalgs: 'ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384' }),
    rsa: createSecureContext({ ca: roots, sigalgs: 'rsa_pss_rsae_sha256:RSA+SHA256' }),
    eddsa: createSecureContext({ ca: roots, sigalgs: 'ed25519' }),
  };
  if (attempts.length === 1 && served.length === 1) return [createSecureContext({ ca: roots })];
  return attempts.map((keyType) => byType[keyType]);
}

/** With the prober's own hello: what remains is everything around the handshake. */
export function probeContexts({ attempts }: Scenario): BareContexts {
  const contexts = createContexts();
  return attempts.map((offer) => contexts(offer, 'strict'));
}
