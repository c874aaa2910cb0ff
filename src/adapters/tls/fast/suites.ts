/** The numbers of the suites that apps offer (RFC 8446, appendix B.4; RFC 5289; RFC 7905; RFC 8422; RFC 5288; RFC 5246). */
import { appSuites } from '../../../core/app-hello.ts';
import type { Offer } from '../../../flow/handshaker.ts';

type AppSuite = (typeof appSuites)[keyof typeof appSuites][number];

export const suiteCodes: Readonly<Record<AppSuite, number>> = {
  TLS_AES_128_GCM_SHA256: 0x1301,
  TLS_AES_256_GCM_SHA384: 0x1302,
  TLS_CHACHA20_POLY1305_SHA256: 0x1303,
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 0xc02b,
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 0xc02c,
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 0xcca9,
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 0xc02f,
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 0xc030,
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 0xcca8,
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 0xc013,
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 0xc014,
  TLS_RSA_WITH_AES_128_GCM_SHA256: 0x009c,
  TLS_RSA_WITH_AES_256_GCM_SHA384: 0x009d,
  TLS_RSA_WITH_AES_128_CBC_SHA: 0x002f,
  TLS_RSA_WITH_AES_256_CBC_SHA: 0x0035,
};

/** Of TLS 1.2, all that an app offers for this kind of key. EdDSA keys answer to those of ECDSA (RFC 8422, section 5.10). */
export function suites12(offer: Offer): readonly AppSuite[] {
  if (offer === 'any') return [...appSuites.ecdsa, ...appSuites.rsa];
  return offer === 'rsa' ? appSuites.rsa : appSuites.ecdsa;
}
