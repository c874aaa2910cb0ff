/**
 * What an app's TLS stack offers: the part that OkHttp's ConnectionSpec.MODERN_TLS, BoringSSL and Apple's stack share.
 * Apps can't connect to a server that accepts none of it, even if other clients can.
 */
import type { Negotiated } from './observation.ts';

/** By the kind of key that the server then shows; those of TLS 1.3 fit any. IANA's names, in the order offered. */
export const appSuites = {
  any: ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
  ecdsa: [
    'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
    'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
    'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  ],
  rsa: [
    'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
    'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
    'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
    'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
    'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA',
    'TLS_RSA_WITH_AES_128_GCM_SHA256',
    'TLS_RSA_WITH_AES_256_GCM_SHA384',
    'TLS_RSA_WITH_AES_128_CBC_SHA',
    'TLS_RSA_WITH_AES_256_CBC_SHA',
  ],
} as const;

export const appGroups = ['X25519', 'P-256', 'P-384'] as const;

const everySuite: ReadonlySet<string> = new Set(Object.values(appSuites).flat());
const everyGroup: ReadonlySet<string> = new Set(appGroups);

/** Whether no app at all offers the suite; null: the suite is unknown. */
export function noAppOffers(suite: string | null): boolean {
  return suite !== null && !everySuite.has(suite);
}

/**
 * Whether phones can't connect for a visible reason: the kind of the leaf's key (a label, `EC P-521`), the group, or
 * SHA-1 in the key exchange. Other apps, such as those on a JVM, can connect.
 */
export function isBeyondPhones(leafKey: string, { group, sha1 }: Negotiated): boolean {
  return !isPhoneKey(leafKey) || sha1 || (group !== null && !everyGroup.has(group));
}

/** Whether phones offer a signature scheme for a leaf's key, by its label: none for EdDSA, P-521, RSA-PSS keys and other curves. */
export function isPhoneKey(label: string): boolean {
  return /^(?:RSA(?: \d+)?|EC P-256|EC P-384)$/.test(label);
}
