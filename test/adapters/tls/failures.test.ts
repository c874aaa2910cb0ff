import { describe, expect, test } from 'vitest';
import { connectFailure, handshakeFailure } from '../../../src/adapters/tls/failures.ts';

const failed = (code: string, facts: { syscall?: string; library?: string } = {}) =>
  Object.assign(new Error('the text is never looked at'), { code, ...facts });

describe('while connecting', () => {
  test.each([
    ['ECONNREFUSED', 'connection_refused'],
    ['ETIMEDOUT', 'connection_timeout'],
    ['ECONNRESET', 'connection_reset'],
    ['ENETUNREACH', 'network_unreachable'],
    ['EHOSTUNREACH', 'network_unreachable'],
    ['EADDRNOTAVAIL', 'network_unreachable'],
    ['ENETDOWN', 'network_unreachable'],
    ['EHOSTDOWN', 'network_unreachable'],
    ['EACCES', 'network_unreachable'],
    ['EPERM', 'network_unreachable'],
    ['EMFILE', 'network_unreachable'],
  ])('%s is %s', (code, expected) => {
    expect(connectFailure(failed(code, { syscall: 'connect' })).code).toBe(expected);
  });

  test('the reason why this machine cannot try is named', () => {
    expect(connectFailure(failed('EMFILE')).message).toContain('EMFILE');
    expect(connectFailure('no error at all').message).toContain('unknown error');
  });
});

describe('during the handshake', () => {
  test.each([
    ['ECONNRESET', { syscall: 'read' }, 'connection_reset'],
    ['ECONNRESET', {}, 'connection_closed'],
    ['EPIPE', { syscall: 'write' }, 'connection_reset'],
    ['ETIMEDOUT', { syscall: 'read' }, 'handshake_timeout'],
    ['EHOSTUNREACH', { syscall: 'read' }, 'network_unreachable'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', {}, 'not_tls'],
    ['ERR_SSL_UNSUPPORTED_PROTOCOL', {}, 'protocol_unsupported'],
    ['ERR_SSL_EXCESSIVE_MESSAGE_SIZE', {}, 'chain_too_large'],
    ['ERR_SSL_WRONG_TAG', { library: 'asn1 encoding routines' }, 'certificate_undecodable'],
    ['ERR_SSL_DECODE_ERROR', { library: 'digital envelope routines' }, 'certificate_undecodable'],
    ['ERR_SSL_DECODE_ERROR', { library: 'SSL routines' }, 'protocol_error'],
    ['ERR_SSL_UNEXPECTED_MESSAGE', { library: 'SSL routines' }, 'protocol_error'],
    ['ERR_SSL_TOO_MANY_WARN_ALERTS', { library: 'SSL routines' }, 'protocol_error'],
    ['ERR_TLS_DH_PARAM_SIZE', {}, 'protocol_error'],
  ] as const)('%s %j is %s', (code, facts, expected) => {
    expect(handshakeFailure(failed(code, facts), 100).failure.code).toBe(expected);
  });

  test.each([
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'handshake_failure', 'tls_alert', 'alert'], // OpenSSL 3.0
    ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'handshake_failure', 'tls_alert', 'alert'], // OpenSSL 3.5
    ['ERR_SSL_TLSV1_ALERT_INSUFFICIENT_SECURITY', 'insufficient_security', 'tls_alert', 'alert'],
    ['ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', 'internal_error', 'tls_alert', null],
    ['ERR_SSL_TLSV1_UNRECOGNIZED_NAME', 'unrecognized_name', 'tls_alert', null],
    ['ERR_SSL_TLSV13_ALERT_MISSING_EXTENSION', 'missing_extension', 'tls_alert', null],
    [
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      'certificate_required',
      'client_certificate_required',
      null,
    ],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'protocol_version', 'protocol_unsupported', null],
    ['ERR_SSL_WRONG_SIGNATURE_TYPE', 'wrong_signature_type', 'tls_alert', 'alert'],
  ])('%s is named %s', (code, name, expected, refused) => {
    const outcome = handshakeFailure(failed(code, { library: 'SSL routines' }), 7);
    expect(outcome).toMatchObject({ failure: { code: expected }, refused });
    expect(outcome.failure.message).toContain(name);
  });

  test('a connection broken off is a refusal only before the server’s first byte', () => {
    const reset = failed('ECONNRESET', { syscall: 'read' });
    expect(handshakeFailure(reset, 0).refused).toBe('broken_off');
    expect(handshakeFailure(reset, 1).refused).toBeNull();
  });

  test.each([
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', {}, true], // OpenSSL, BoringSSL
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', {}, true], // Java, Go
    ['ERR_SSL_TLSV1_ALERT_DECODE_ERROR', {}, true], // GnuTLS
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', {}, true], // rustls, in TLS 1.2 too
    ['ECONNRESET', { syscall: 'read' }, true], // Schannel
    ['ECONNRESET', {}, true],
    ['ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', {}, false],
    ['ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC', {}, false],
    ['ETIMEDOUT', { syscall: 'read' }, false],
    ['ERR_SSL_DIGEST_CHECK_FAILED', { library: 'SSL routines' }, false],
  ] as const)('%s %j may mean a missing client certificate: %j', (code, facts, expected) => {
    expect(handshakeFailure(failed(code, facts), 3000).isForWantOfCertificate).toBe(expected);
  });

  test('a server that supports none of the offered protocols is recognized', () => {
    const { failure } = handshakeFailure(failed('ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL'), 7);
    expect(failure).toMatchObject({ code: 'tls_alert', message: expect.stringContaining('offered by ALPN') });
  });
});
