/** Why a connection to Redis or to a sentinel failed, in words that say what to change. */
import type { ClientTls } from './address.ts';

export function linkReason(error: Error & { readonly code?: string }, tls: ClientTls | null): string {
  const reason = error.message || error.code || 'unknown error';
  const cause = tlsCause(error, tls);
  return cause === null ? reason : `${cause} (${reason})`;
}

/** OpenSSL's verification errors for a chain that ends in no trusted root. */
const untrusted: readonly string[] = [
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
];

function tlsCause({ code = '' }: { readonly code?: string }, tls: ClientTls | null): string | null {
  if (untrusted.includes(code)) {
    return tls === null || tls.ca === null
      ? "the server's certificate is signed by no root that Node.js trusts: name the right one in caFile"
      : "the server's certificate is signed by no root in caFile";
  }
  if (code === 'CERT_HAS_EXPIRED') return "the server's certificate, or one that signed it, has expired";
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return "the server's certificate is for another name: set serverName to a name that it has";
  }
  if (code === 'ETIMEDOUT' && tls !== null)
    return 'no TLS handshake in time: does the server speak TLS on this port?';
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return 'the server does not speak TLS on this port';
  }
  // The alert by which a server refuses the client's certificate (RFC 8446, section 6.2), after the handshake in TLS 1.3.
  if (
    /^ERR_SSL_\w*ALERT_(?:CERTIFICATE|BAD_CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE|UNSUPPORTED)/.test(code)
  ) {
    return tls === null || tls.client === null
      ? 'the server demands a client certificate: set certFile and keyFile'
      : 'the server refuses the client certificate in certFile';
  }
  return null;
}
