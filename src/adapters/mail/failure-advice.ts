import type { FailureCode } from '../../core/observation.ts';

/** What a failed endpoint most likely asks for, in one sentence. */
export const failureAdvice: Readonly<Record<FailureCode, string>> = {
  dns_not_found: 'The name does not exist: look at the zone, the delegation and a recent DNS change.',
  dns_failed: 'The resolver gave no usable answer: try another resolver, then the name servers of the zone.',
  connection_refused: 'Nothing listens on that port: look at the load balancer and the listener.',
  connection_timeout: 'No answer to the connection: look at firewalls, routing and whether the host is up.',
  connection_reset:
    'The connection was cut: look at the load balancer, and at rules that block this network.',
  network_unreachable: 'There is no route from here: look at the network of pinwatch first, IPv6 above all.',
  handshake_timeout:
    'The connection stands, the TLS handshake hangs: look for an overloaded or stuck TLS terminator.',
  tls_alert: 'The server ended the handshake with an alert: look at its TLS settings and its log.',
  connection_closed:
    'The server closed the connection during the handshake: look at its log and its backends.',
  not_tls: 'Something other than TLS answers on that port: look at the listener and the proxy in front.',
  protocol_unsupported: 'The server offers TLS 1.1 or older only: enable TLS 1.2 and 1.3.',
  protocol_error: 'The server breaks the TLS protocol: look at the proxy or middlebox in between.',
  client_certificate_required:
    'The server wants a client certificate before it shows its own: probe another address or port.',
  key_type_not_served: 'No certificate with this kind of key is served; by itself that is no fault.',
  no_certificate: 'The server completed no handshake with a certificate: look at its TLS settings.',
  certificate_undecodable: 'A certificate cannot be decoded: look at the files the server has loaded.',
  chain_too_large: 'The chain is too large to be real: look at the bundle the server has loaded.',
  target_forbidden:
    'The network policy of pinwatch refuses this address: check the DNS answer, or allow the block under network.allow.',
};
