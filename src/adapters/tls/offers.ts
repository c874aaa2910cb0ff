/**
 * What is offered to a server so that it answers with the one kind of key that is asked for.
 *
 * In TLS 1.3 the signature algorithms decide; in TLS 1.2 the cipher suite decides how the server authenticates, and the
 * signature algorithms must fit as well. Each offer therefore restricts both.
 */
import type { Offer } from '../../flow/observe.ts';

/** A `strict` hello restricts signature algorithms and cipher suites; a `suites` one is TLS 1.2 and restricts suites alone. */
export type Hello = 'strict' | 'suites';

export interface HelloOptions {
  readonly sigalgs: string;
  readonly ciphers: string;
  readonly maxVersion: 'TLSv1.2' | 'TLSv1.3';
}

/** The suites of TLS 1.3 say nothing about keys. Named one by one: Node leaves TLS 1.3 out where none is named. */
const tls13 = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'];

const ecdsa = {
  // ECDSA in TLS 1.2 means any curve with this hash (RFC 5246, section 7.4.1.4.1), Ed25519 is RFC 8422.
  sigalgs: ['ecdsa_secp256r1_sha256', 'ecdsa_secp384r1_sha384', 'ecdsa_secp521r1_sha512', 'ed25519', 'ed448'],
  suites: ['kEECDH+aECDSA+HIGH'],
};

const rsa = {
  sigalgs: [
    ...['rsa_pss_rsae_sha256', 'rsa_pss_rsae_sha384', 'rsa_pss_rsae_sha512'],
    ...['rsa_pss_pss_sha256', 'rsa_pss_pss_sha384', 'rsa_pss_pss_sha512'],
    ...['RSA+SHA256', 'RSA+SHA384', 'RSA+SHA512'],
  ],
  // Static RSA comes last, and in this offer alone: it needs no signature, so that a server would answer an ECDSA
  // offer that contained it with its RSA chain (Go's crypto/tls does).
  suites: ['kEECDH+aRSA+HIGH', 'kEDH+aRSA+HIGH', 'kRSA+HIGH'],
};

const any = { sigalgs: [...ecdsa.sigalgs, ...rsa.sigalgs], suites: [...ecdsa.suites, ...rsa.suites] };

const eddsa = { sigalgs: ['ed25519', 'ed448'], suites: ['kEECDH+aECDSA+HIGH'] };

const kinds = { ecdsa, rsa, eddsa, any } as const satisfies Readonly<Record<Offer, unknown>>;

// Level 1 is Node 20's default, 2 is Node 24's, which refuses RSA keys under 2048 bits: the same hello and the same
// verification result on every version, and a weak chain is still seen. Camellia, ARIA and CCM are not in Node's
// default list either, and would only lengthen the hello.
const rest = ['!aNULL', '!PSK', '!SRP', '!CAMELLIA', '!ARIA', '!AESCCM', '@SECLEVEL=1'];

/**
 * The first hello is `strict`. A server may refuse it although it has the key: in TLS 1.2, strict OpenSSL servers and
 * Java's refuse an ECDSA leaf that an RSA CA signed when no RSA scheme is offered (RFC 5246, section 7.4.2). The
 * `suites` hello then offers every scheme, and its suites alone pick the key.
 */
export function helloOptions(offer: Offer, hello: Hello): HelloOptions {
  const { sigalgs, suites } = kinds[offer];
  return hello === 'strict'
    ? { sigalgs: sigalgs.join(':'), ciphers: [...tls13, ...suites, ...rest].join(':'), maxVersion: 'TLSv1.3' }
    : { sigalgs: any.sigalgs.join(':'), ciphers: [...suites, ...rest].join(':'), maxVersion: 'TLSv1.2' };
}
