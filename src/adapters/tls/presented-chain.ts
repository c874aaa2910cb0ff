import type { TLSSocket } from 'node:tls';
import { mostCertificateBytes, mostCertificates, mostChainBytes } from '../../core/chain-limits.ts';
import type { Failure } from '../../core/observation.ts';
import { chainTooLarge } from './failures.ts';
import { readGroup } from './negotiated.ts';

/** What the server sent, as OpenSSL had it when the server's flight was complete. */
export interface Presented {
  readonly protocol: string;
  readonly chain: readonly Uint8Array[];
  /** The server requested a client certificate. If false, it may have, with only schemes that were not offered. */
  readonly isCertificateRequested: boolean;
  readonly group: string | null;
}

/**
 * `sent` is what of the server's bytes could be read; null: nothing. Then OpenSSL is asked, which works once per connection: a second
 * call finds nothing. Null if the server sent no certificate that OpenSSL takes.
 */
export function readPresented(
  socket: TLSSocket,
  sent: readonly Uint8Array[] | null,
): Presented | Failure | null {
  const chain: Uint8Array[] = [];
  let total = 0;
  for (const der of sent ?? asOpenssl(socket)) {
    if (chain.length === mostCertificates) return chainTooLarge('certificates');
    total += der.length;
    if (der.length > mostCertificateBytes) return chainTooLarge('certificate');
    if (total > mostChainBytes) return chainTooLarge('chain');
    chain.push(der);
  }
  if (chain.length === 0) return null;
  const protocol = socket.getProtocol() ?? 'unknown';
  return { protocol, chain, isCertificateRequested: requestsCertificate(socket), group: readGroup(socket) };
}

/** Whether OpenSSL has taken the server's certificates. On a destroyed socket nobody knows. */
export function hasCertificate(socket: TLSSocket): boolean {
  try {
    const certificate = socket.getPeerCertificate() as object | null;
    return certificate !== null && Object.keys(certificate).length > 0;
  } catch {
    return true; // one that node:tls can't describe
  }
}

/**
 * As it was sent, with strays and duplicates: `getPeerX509Certificate()` gives wire order, while `getPeerCertificate(true)` gives
 * a chain rebuilt by name. It never frees the certificates after the first.
 */
function* asOpenssl(socket: TLSSocket): Generator<Uint8Array> {
  for (let next = socket.getPeerX509Certificate(); next !== undefined; next = next.issuerCertificate) {
    // A copy: `raw` is a view of memory that belongs to the certificate's handle.
    yield new Uint8Array(next.raw);
  }
}

/**
 * A server sends signature algorithms for one purpose only: in a CertificateRequest, which comes before the end of its
 * flight (RFC 5246, section 7.4.4). Only those that were also offered are shared.
 */
function requestsCertificate(socket: TLSSocket): boolean {
  const shared = socket.getSharedSigalgs() as readonly string[] | null;
  return shared !== null && shared.length > 0;
}

const notVerified = Object.assign(new Error('not verified'), { code: 'UNSPECIFIED' });

/**
 * Without roots OpenSSL's verification always fails and means nothing. node:tls would make a new Error with a stack for
 * it, at 3 % of the handshake's CPU, so it gets this one instead.
 */
export function forgoVerification(socket: TLSSocket): void {
  const { _handle: handle } = socket as unknown as { _handle?: { verifyError?: () => unknown } | null };
  if (handle) handle.verifyError = () => notVerified;
}
