/** What the benchmark serves and how it is probed. */
import { type ConnectionOptions, createSecureContext } from 'node:tls';
import { createContexts } from '../src/adapters/tls/contexts.ts';
import type { Hello } from '../src/adapters/tls/offers.ts';
import type { KeyType } from '../src/core/observation.ts';

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** The key types that the server has; each with an intermediate and a root of the same type. */
  readonly served: readonly KeyType[];
  /** The key types that a domain is probed with: these are its endpoints, because it has one address. */
  readonly probed: readonly KeyType[];
  /** The connections of one probe of a domain, by what each offers. */
  readonly attempts: readonly (readonly [keyType: 'ecdsa' | 'rsa', hello: Hello])[];
  /** Pin sets that apply to every domain, besides its own pins. */
  readonly pinSets?: number;
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'ecdsa',
    title: 'ECDSA P-256',
    served: ['ecdsa'],
    probed: ['ecdsa'],
    attempts: [['ecdsa', 'app']],
  },
  {
    name: 'pin-sets',
    title: 'ECDSA P-256, 20 pin sets',
    served: ['ecdsa'],
    probed: ['ecdsa'],
    attempts: [['ecdsa', 'app']],
    pinSets: 20,
  },
  {
    name: 'rsa',
    title: 'RSA-2048',
    served: ['rsa'],
    probed: ['rsa'],
    attempts: [['rsa', 'app']],
  },
  {
    name: 'both',
    title: 'both key types',
    served: ['ecdsa', 'rsa'],
    probed: ['ecdsa', 'rsa'],
    attempts: [
      ['ecdsa', 'app'],
      ['rsa', 'app'],
    ],
  },
  {
    name: 'refused',
    title: 'ECDSA, RSA refused',
    served: ['ecdsa'],
    probed: ['ecdsa', 'rsa'],
    // A refused RSA key is requested twice: by signature algorithms, then by cipher suites.
    attempts: [
      ['ecdsa', 'app'],
      ['rsa', 'app'],
      ['rsa', 'suites'],
    ],
  },
  {
    name: 'rsa-only',
    title: 'RSA, ECDSA refused',
    served: ['rsa'],
    probed: ['ecdsa', 'rsa'],
    attempts: [
      ['ecdsa', 'app'],
      ['rsa', 'app'],
    ],
  },
];

/** One entry per attempt, shared by all connections of the loop. */
export type BareAttempts = readonly Pick<ConnectionOptions, 'secureContext' | 'rejectUnauthorized'>[];

/** As one would write the loop: Node's defaults and the root. Only if both types are probed must it say which. */
export function defaultAttempts({ served, attempts }: Scenario, roots: string): BareAttempts {
  const byType = {
    ecdsa: createSecureContext({ ca: roots, sigalgs: 'ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384' }),
    rsa: createSecureContext({ ca: roots, sigalgs: 'rsa_pss_rsae_sha256:RSA+SHA256' }),
  };
  if (attempts.length === 1 && served.length === 1) {
    return [{ secureContext: createSecureContext({ ca: roots }) }];
  }
  return attempts.map(([keyType]) => ({ secureContext: byType[keyType] }));
}

/** With the prober's hello, and no verification in OpenSSL: the difference is everything around the handshake. */
export function probeAttempts({ attempts }: Scenario): BareAttempts {
  const contexts = createContexts();
  return attempts.map(([keyType, hello]) => ({
    secureContext: contexts(keyType, hello),
    rejectUnauthorized: false,
  }));
}
