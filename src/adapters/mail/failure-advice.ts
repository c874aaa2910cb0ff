import type { FailureCode } from '../../core/observation.ts';

/** The most likely remedy for a failed endpoint, in one sentence. */
export const failureAdvice: Readonly<Record<FailureCode, string>> = {
  dns_not_found: 'The name does not exist: check the zone, the delegation and recent DNS changes.',
  dns_failed: "The resolver gave no usable answer: try another resolver, then the zone's name servers.",
  connection_refused: 'Nothing listens on that port: check the load balancer and the listener.',
  connection_timeout:
    'No answer to the connection attempt: check firewalls, routing and whether the host is up.',
  connection_reset: 'The connection was reset: check the load balancer, and rules that block this network.',
  network_unreachable: "There is no route from here: check pinwatch's own network first, IPv6 above all.",
  proxy_failed: 'The proxy that pinwatch connects through (`probe.proxy`) is at fault: its log says why.',
  handshake_timeout:
    'The connection is open, but the TLS handshake hangs: look for an overloaded or stuck TLS terminator.',
  tls_alert: 'The server ended the handshake with an alert: check its TLS settings and its log.',
  connection_closed: 'The server closed the connection during the handshake: check its log and its backends.',
  not_tls: 'Something other than TLS answers on that port: check the listener and the proxy in front.',
  protocol_unsupported: 'The server offers only TLS 1.1 or older: enable TLS 1.2 and 1.3.',
  protocol_error: 'The server breaks the TLS protocol: check the proxy or middlebox in between.',
  client_certificate_required:
    'The server wants a client certificate before it shows its own: probe another address or port.',
  key_type_not_served: 'No certificate with this kind of key is served; this alone is not a fault.',
  no_certificate: 'The server completed no handshake with a certificate: check its TLS settings.',
  certificate_undecodable: 'A certificate cannot be decoded: check the files the server has loaded.',
  chain_too_large: 'The chain is too large to be real: check the bundle the server has loaded.',
  target_forbidden:
    "pinwatch's network policy refuses this address: check the DNS answer, or allow the block under network.allow.",
  region_away: 'No worker of pinwatch in this region answers: start one there, or look into its log.',
};
