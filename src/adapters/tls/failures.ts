/**
 * What a failed connection or handshake means, judged by an error's `code`, `syscall` and OpenSSL `library`. Never by
 * its text, which differs between OpenSSL versions and names source files.
 */
import { mostCertificateBytes, mostCertificates, mostChainBytes } from '../../core/chain-limits.ts';
import { secondsText } from '../../core/duration.ts';
import type { Failure, FailureCode } from '../../core/observation.ts';
import type { FailedHandshake, Refusal } from '../../flow/handshaker.ts';

export interface Ending extends FailedHandshake {
  /** Servers end a TLS 1.2 handshake this way if they require a client certificate and get none. */
  readonly isForWantOfCertificate: boolean;
  /** OpenSSL found a fault in the server's bytes; otherwise the server or the network ended it. */
  readonly isOurs: boolean;
}

/** An error of the TCP connection attempt. */
export function connectFailure(error: unknown): Failure {
  const code = codeOf(error);
  switch (code) {
    case 'ECONNREFUSED':
      return failure('connection_refused', 'the address refused the TCP connection');
    case 'ETIMEDOUT':
      return failure('connection_timeout', 'the address did not answer the TCP connection attempt');
    case 'ECONNRESET':
    case 'ECONNABORTED':
    case 'EPIPE':
      return failure('connection_reset', 'the TCP connection was reset while it was being established');
    default:
      // ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL, EACCES … and other reasons why this machine can't even try.
      return failure('network_unreachable', `no TCP connection can be made from here (${code})`);
  }
}

/** An error after the TCP connection was established. `received`: the bytes that the server had sent by then. */
export function handshakeFailure(error: unknown, received: number): Ending {
  const code = codeOf(error);
  const broken = brokenConnection(error, code);
  if (broken !== null) {
    // Schannel (IIS) has no alert for "nothing in common": it silently breaks the connection off.
    const refused = received === 0 ? 'broken_off' : null;
    const isForWantOfCertificate = broken.code === 'connection_closed' || broken.code === 'connection_reset';
    return { failure: broken, refused, isForWantOfCertificate, isOurs: false };
  }
  const alert = alertName(code);
  if (alert !== null) {
    const isForWantOfCertificate = certificateAlerts.has(alert);
    return { failure: alertFailure(alert), refused: refusal(alert), isForWantOfCertificate, isOurs: false };
  }
  const own = { isForWantOfCertificate: false, isOurs: true };
  if (unfitKey.has(code)) {
    const message = `the server's key does not fit what was offered (${reason(code)})`;
    return { failure: failure('tls_alert', message), refused: 'alert', ...own };
  }
  return { failure: localFailure(error, code), refused: null, ...own };
}

export function connectionTimeout(ms: number): Failure {
  return failure('connection_timeout', `no TCP connection within ${secondsText(ms)}`);
}

export function handshakeTimeout(ms: number): Failure {
  return failure('handshake_timeout', `the TLS handshake was not finished within ${secondsText(ms)}`);
}

export function flooded(bytes: number): Failure {
  return failure('protocol_error', `the server sent over ${bytes} bytes without finishing the TLS handshake`);
}

export function noCertificate(): Failure {
  return failure('no_certificate', 'the TLS handshake was finished without any certificate');
}

const excesses = {
  certificates: `over ${mostCertificates} certificates`,
  certificate: `a certificate of over ${mostCertificateBytes / 1024} KB`,
  chain: `a certificate chain of over ${mostChainBytes / 1024} KB`,
};

export function chainTooLarge(excess: keyof typeof excesses): Failure {
  return failure('chain_too_large', `the server sent ${excesses[excess]}`);
}

function brokenConnection(error: unknown, code: string): Failure | null {
  switch (code) {
    case 'ECONNRESET':
      // Node makes up an ECONNRESET without a syscall if the server ended the connection cleanly (FIN).
      return property(error, 'syscall') === undefined
        ? failure('connection_closed', 'the server closed the connection during the TLS handshake')
        : failure('connection_reset', 'the server reset the connection during the TLS handshake');
    case 'EPIPE':
    case 'ECONNABORTED':
      return failure('connection_reset', 'the server reset the connection during the TLS handshake');
    case 'ETIMEDOUT':
      return failure('handshake_timeout', 'the server stopped answering during the TLS handshake');
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'ENETDOWN':
    case 'EHOSTDOWN':
      return failure('network_unreachable', `the network went away during the TLS handshake (${code})`);
    default:
      return null;
  }
}

/** Alerts that OpenSSL names without the word: TLS extensions (RFC 6066, section 9; RFC 8446, section 6.2). */
const unmarkedAlerts = new Set([
  'ERR_SSL_TLSV1_UNSUPPORTED_EXTENSION',
  'ERR_SSL_TLSV1_CERTIFICATE_UNOBTAINABLE',
  'ERR_SSL_TLSV1_UNRECOGNIZED_NAME',
  'ERR_SSL_TLSV1_BAD_CERTIFICATE_STATUS_RESPONSE',
  'ERR_SSL_TLSV1_BAD_CERTIFICATE_HASH_VALUE',
]);

/** The alert's name as in RFC 8446, section 6; null if the server sent none. */
function alertName(code: string): string | null {
  // OpenSSL 3.0: ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE; 3.5: ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE.
  const marked = /^ERR_SSL_(?:SSLV3|TLSV1|TLSV13|SSL\/TLS)_ALERT_(\w+)$/.exec(code)?.[1];
  if (marked !== undefined) return marked.toLowerCase();
  return unmarkedAlerts.has(code) ? code.slice('ERR_SSL_TLSV1_'.length).toLowerCase() : null;
}

function alertFailure(alert: string): Failure {
  const message = `the server broke the TLS handshake off with the alert ${alert}`;
  switch (alert) {
    case 'protocol_version':
      return failure('protocol_unsupported', `${oldProtocol} (${alert})`);
    case 'certificate_required':
      return failure('client_certificate_required', message);
    case 'no_application_protocol':
      return failure('tls_alert', `${message}: it supports none of the protocols offered by ALPN`);
    default:
      return failure('tls_alert', message);
  }
}

/** Whether the server declined what was offered, so that another offer may succeed. */
function refusal(alert: string): Refusal | null {
  return alert === 'handshake_failure' || alert === 'insufficient_security' ? 'alert' : null;
}

/** How servers answer an empty list of client certificates (RFC 5246, section 7.4.6); `decode_error` is GnuTLS's. */
const certificateAlerts = new Set([
  'handshake_failure',
  'no_certificate',
  'bad_certificate',
  'unsupported_certificate',
  'certificate_unknown',
  'unknown_ca',
  'access_denied',
  'certificate_required',
  'decode_error',
]);

/** OpenSSL's own refusals of a server that answers with a different kind of key than offered. */
const unfitKey = new Set([
  'ERR_SSL_WRONG_SIGNATURE_TYPE',
  'ERR_SSL_WRONG_CERTIFICATE_TYPE',
  'ERR_SSL_WRONG_CURVE',
  'ERR_SSL_NO_SHARED_CIPHER',
  'ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM',
]);

const oldProtocol = 'the server speaks neither TLS 1.2 nor TLS 1.3';

/** A fault that OpenSSL itself found in the server's bytes. */
function localFailure(error: unknown, code: string): Failure {
  switch (code) {
    case 'ERR_SSL_WRONG_VERSION_NUMBER': // not a TLS record: a server with an old version answers in valid records
    case 'ERR_SSL_HTTP_REQUEST':
      return failure(
        'not_tls',
        'the answer is not TLS: another protocol, such as plain http, is served on this port',
      );
    case 'ERR_SSL_UNSUPPORTED_PROTOCOL':
    case 'ERR_SSL_WRONG_SSL_VERSION':
    case 'ERR_SSL_VERSION_TOO_LOW':
      return failure('protocol_unsupported', oldProtocol);
    case 'ERR_SSL_EXCESSIVE_MESSAGE_SIZE':
      return chainTooLarge('chain');
    case 'ERR_SSL_LENGTH_MISMATCH':
      // OpenSSL's code for an empty list of certificates, and for other lengths that no real server gets wrong.
      return failure('no_certificate', 'the server sent an empty list of certificates (length_mismatch)');
    case 'ERR_SSL_CERT_LENGTH_MISMATCH':
      return undecodable(code);
    default:
      return isDecoding(error, code)
        ? undecodable(code)
        : failure('protocol_error', `the server broke the TLS protocol (${reason(code)})`);
  }
}

/** OpenSSL decodes only certificates as ASN.1 during a handshake without a session. */
function isDecoding(error: unknown, code: string): boolean {
  switch (property(error, 'library')) {
    case 'asn1 encoding routines':
    case 'x509 certificate routines':
    case 'X509 V3 routines':
      return true;
    case 'digital envelope routines':
      return code === 'ERR_SSL_DECODE_ERROR'; // the public key
    default:
      return false;
  }
}

function undecodable(code: string): Failure {
  return failure('certificate_undecodable', `a certificate of the chain can't be decoded (${reason(code)})`);
}

/** `ERR_SSL_BAD_SIGNATURE` as `bad_signature`: OpenSSL's own term, which can be searched for. */
function reason(code: string): string {
  return code.replace(/^ERR_(?:SSL|OSSL)_/, '').toLowerCase();
}

function codeOf(error: unknown): string {
  const code = property(error, 'code');
  return typeof code === 'string' ? code : 'unknown error';
}

function property(error: unknown, name: 'code' | 'syscall' | 'library'): unknown {
  return error instanceof Error ? (error as unknown as Record<string, unknown>)[name] : undefined;
}

function failure(code: FailureCode, message: string): Failure {
  return { code, message };
}
