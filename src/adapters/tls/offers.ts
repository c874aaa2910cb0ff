/**
 * What is offered to a server so that it answers with the requested kind of key.
 *
 * In TLS 1.3 the signature algorithms decide; in TLS 1.2 the cipher suite decides how the server authenticates, and the
 * signature algorithms must fit as well. Each offer therefore restricts both.
 */
import { appGroups, appSuites } from '../../core/app-hello.ts';
import type { Offer } from '../../flow/handshaker.ts';

/**
 * - `app`: what apps offer.
 * - `suites`: an app's, with TLS 1.2 only and every scheme: only its suites pick the key.
 * - `preferring`: an app's with every scheme, those of the requested key first: the server picks.
 * - `wide`: with what no app or no phone offers.
 * - `schemes`, `modern_schemes`: wide, but with only the suites of apps; the latter without SHA-1.
 * - `requests`: an app's suites on TLS 1.2, with every scheme that a request for a client certificate could name.
 */
export type Hello = 'app' | 'suites' | 'preferring' | 'wide' | 'schemes' | 'modern_schemes' | 'requests';

export interface HelloOptions {
  readonly sigalgs: string;
  readonly ciphers: string;
  readonly ecdhCurve: string;
  readonly maxVersion: 'TLSv1.2' | 'TLSv1.3';
}

const ecdsa = ['ecdsa_secp256r1_sha256', 'ecdsa_secp384r1_sha384'];
const pss = ['rsa_pss_rsae_sha256', 'rsa_pss_rsae_sha384', 'rsa_pss_rsae_sha512'];
/** In TLS 1.3 these apply only to signatures on certificates (RFC 8446, section 4.2.3): no RSA key answers them. */
const pkcs1 = ['RSA+SHA256', 'RSA+SHA384', 'RSA+SHA512'];
const eddsa = ['ed25519', 'ed448'];
const ofApps = [...ecdsa, ...pss, ...pkcs1];

/** An RSA authority's signature is accepted for each kind of key: many ECDSA leaves have one. */
export const appSchemes: Readonly<Record<Offer, readonly string[]>> = {
  ecdsa: [...ecdsa, ...pkcs1],
  rsa: [...pss, ...pkcs1],
  eddsa: [...eddsa, ...pkcs1],
  any: ofApps,
};

/** `wide` also accepts chains whose authority signed with RSA-PSS or a P-521 key. */
const wideSchemes: Readonly<Record<Offer, readonly string[]>> = {
  ecdsa: [...ecdsa, 'ecdsa_secp521r1_sha512', ...pkcs1],
  rsa: [...pss, 'rsa_pss_pss_sha256', 'rsa_pss_pss_sha384', 'rsa_pss_pss_sha512', ...pkcs1],
  eddsa: appSchemes.eddsa,
  any: [
    ...[...ofApps, 'ecdsa_secp521r1_sha512'],
    ...['rsa_pss_pss_sha256', 'rsa_pss_pss_sha384', 'rsa_pss_pss_sha512', ...eddsa],
  ],
};

const sha1: Readonly<Record<Offer, readonly string[]>> = {
  ecdsa: ['ECDSA+SHA1', 'RSA+SHA1'],
  rsa: ['RSA+SHA1'],
  eddsa: [],
  any: ['ECDSA+SHA1', 'RSA+SHA1'],
};

/** The suites of TLS 1.3 say nothing about keys. Named one by one: Node disables TLS 1.3 if none is named. */
const tls13: readonly string[] = appSuites.any;

const ecdsaSuites = appSuites.ecdsa.map(opensslName);
// Static RSA comes last, and only in this offer: it needs no signature, so a server would answer an ECDSA offer that
// contained it with its RSA chain (Go's crypto/tls does).
const rsaSuites = appSuites.rsa.map(opensslName);

/** EdDSA keys use the suites of ECDSA (RFC 8422, section 5.10). */
const suites: Readonly<Record<Offer, readonly string[]>> = {
  ecdsa: ecdsaSuites,
  rsa: rsaSuites,
  eddsa: ecdsaSuites,
  any: [...ecdsaSuites, ...rsaSuites],
};

const wideEcdsa = ['kEECDH+aECDSA+HIGH'];
const wideRsa = ['kEECDH+aRSA+HIGH', 'kEDH+aRSA+HIGH', 'kRSA+HIGH'];
// No server has Camellia, ARIA or CCM as its default; they would only lengthen the hello.
const wideRest = ['!aNULL', '!PSK', '!SRP', '!CAMELLIA', '!ARIA', '!AESCCM'];

const wideSuites: Readonly<Record<Offer, readonly string[]>> = {
  ecdsa: [...wideEcdsa, ...wideRest],
  rsa: [...wideRsa, ...wideRest],
  eddsa: [...wideEcdsa, ...wideRest],
  any: [...wideEcdsa, ...wideRsa, ...wideRest],
};

const groups = appGroups.join(':');
const wideGroups = `${groups}:P-521`;

export function helloOptions(offer: Offer, hello: Hello): HelloOptions {
  switch (hello) {
    case 'app':
      return options(appSchemes[offer], [...tls13, ...suites[offer]]);
    case 'suites':
      return { ...options(ofApps, suites[offer]), maxVersion: 'TLSv1.2' };
    case 'preferring': {
      const own = appSchemes[offer];
      return options(
        [...own, ...ofApps.filter((scheme) => !own.includes(scheme))],
        [...tls13, ...suites[offer]],
      );
    }
    case 'wide':
      return widened([...wideSchemes[offer], ...sha1[offer]], [...tls13, ...wideSuites[offer]]);
    case 'schemes':
      return widened([...wideSchemes[offer], ...sha1[offer]], [...tls13, ...suites[offer]]);
    case 'modern_schemes':
      return widened(wideSchemes[offer], [...tls13, ...suites[offer]]);
    case 'requests':
      return {
        ...options([...wideSchemes.any, ...sha1.any], suites[offer], 0),
        maxVersion: 'TLSv1.2',
      };
    default:
      return hello satisfies never;
  }
}

// Level 1 is Node 20's default, 2 is Node 24's, which refuses RSA keys under 2048 bits: the same hello on every version,
// and a weak chain is still seen. SHA-1 needs level 0.
function options(schemes: readonly string[], ciphers: readonly string[], level: 0 | 1 = 1): HelloOptions {
  return {
    sigalgs: schemes.join(':'),
    ciphers: [...ciphers, `@SECLEVEL=${level}`].join(':'),
    ecdhCurve: groups,
    maxVersion: 'TLSv1.3',
  };
}

function widened(schemes: readonly string[], ciphers: readonly string[]): HelloOptions {
  return { ...options(schemes, ciphers, 0), ecdhCurve: wideGroups };
}

/** `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` as `ECDHE-RSA-AES128-GCM-SHA256`, the only name that OpenSSL accepts. */
function opensslName(suite: string): string {
  return suite
    .replace(/^TLS_(?:RSA_WITH_)?/, '')
    .replace('WITH_', '')
    .replace(/AES_(\d+)/, 'AES$1')
    .replace('_CBC', '')
    .replace('POLY1305_SHA256', 'POLY1305')
    .replaceAll('_', '-');
}
