import type { TLSSocket } from 'node:tls';
import type { Failure } from '../../core/observation.ts';
import { chainTooLarge } from './failures.ts';

const maxCertificates = 20;
const maxCertificateBytes = 64 * 1024;
const maxChainBytes = 100 * 1024;

/** What the server sent, as OpenSSL had it when the server's flight was complete. */
export interface Presented {
  readonly protocol: string;
  readonly chain: readonly Uint8Array[];
  readonly verifyError: string | null;
}

/**
 * The chain as it was sent, strays and duplicates included: `getPeerX509Certificate()` gives wire order, where
 * `getPeerCertificate(true)` gives a chain rebuilt by name. It works once on each connection: a second call finds nothing.
 * Null where the server sent no certificate.
 */
export function readPresented(socket: TLSSocket): Presented | Failure | null {
  const chain: Uint8Array[] = [];
  let total = 0;
  let certificate = socket.getPeerX509Certificate();
  while (certificate !== undefined) {
    if (chain.length === maxCertificates) return chainTooLarge(`over ${maxCertificates} certificates`);
    // A copy: `raw` is a view of memory that belongs to the certificate's handle.
    const der = new Uint8Array(certificate.raw);
    total += der.length;
    if (der.length > maxCertificateBytes) return chainTooLarge('a certificate of over 64 KB');
    if (total > maxChainBytes) return chainTooLarge('a certificate chain of over 100 KB');
    chain.push(der);
    certificate = certificate.issuerCertificate;
  }
  if (chain.length === 0) return null;
  return { protocol: socket.getProtocol() ?? 'unknown', chain, verifyError: verifyErrorOf(socket) };
}

/**
 * OpenSSL's verification result (X509_verify_cert_error_string(3) codes, such as CERT_HAS_EXPIRED), null where it verified.
 * `authorizationError` exists only from `secureConnect` on, and a TLS 1.2 server that wants a client certificate ends the
 * handshake before. The internal handle has it as soon as the chain is there (Node 20 to 24, where node:tls itself asks
 * it the same way). Without that method the answer is «unspecified», never «verified».
 */
function verifyErrorOf(socket: TLSSocket): string | null {
  const { _handle: handle } = socket as unknown as { _handle?: { verifyError?: () => unknown } | null };
  if (typeof handle?.verifyError !== 'function') return 'UNSPECIFIED';
  const error = handle.verifyError();
  if (error === null || error === undefined) return null;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'UNSPECIFIED';
}

const notVerified = Object.assign(new Error('not verified'), { code: 'UNSPECIFIED' });

/**
 * For a handshake without roots, whose verification always fails and means nothing: node:tls and `readPresented` would each
 * have that turned into a new Error, with its stack, for 3 % of the handshake's CPU. They get this one, whose code is what
 * stands for «unspecified»: such a connection never looks verified.
 */
export function forgoVerifyError(socket: TLSSocket): void {
  const { _handle: handle } = socket as unknown as { _handle?: { verifyError?: () => unknown } | null };
  if (handle) handle.verifyError = () => notVerified;
}
