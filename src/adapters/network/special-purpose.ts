/**
 * The address blocks that are not probed, and their names in a refusal: IANA's special-purpose registries (RFC 6890) as
 * of October 2025, and the blocks that other RFCs reserve. No API is served from any of them, and what answers there
 * belongs to the network that pinwatch runs in. Blocks that the registry calls globally reachable are included: they
 * are anycast services and AS112, not hosts. The narrower of two blocks comes first, because its name is more
 * specific.
 *
 * https://www.iana.org/assignments/iana-ipv4-special-registry and …/iana-ipv6-special-registry
 */
export const specialPurpose: readonly (readonly [kind: string, networks: readonly string[]])[] = [
  ['an unspecified address', ['0.0.0.0/8', '::/128']],
  ['a loopback address', ['127.0.0.0/8', '::1/128']],
  // RFC 1918, RFC 4193, and the site-local ones that RFC 3879 deprecated.
  ['a private address', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fec0::/10']],
  ['a link-local address', ['169.254.0.0/16', 'fe80::/10']],
  // RFC 6598.
  ['an address of carrier-grade NAT', ['100.64.0.0/10']],
  // RFC 2544, RFC 5180.
  ['an address of a benchmarking network', ['198.18.0.0/15', '2001:2::/48']],
  // RFC 5737, RFC 3849, RFC 9637: some networks use them internally anyway.
  [
    'an address for documentation',
    ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', '3fff::/20'],
  ],
  // RFC 7535, RFC 7534.
  ['an address of AS112', ['192.31.196.0/24', '192.175.48.0/24', '2001:4:112::/48', '2620:4f:8000::/48']],
  // RFC 7450.
  ['an address of multicast tunnelling', ['192.52.193.0/24', '2001:3::/32']],
  // RFC 7526.
  ['an address of 6to4 relays', ['192.88.99.0/24']],
  // RFC 4380: the packet goes on to an IPv4 address that is written into it, obfuscated.
  ['a Teredo address', ['2001::/32']],
  // RFC 4843, RFC 7343, RFC 9374.
  ['an identifier, not an address', ['2001:10::/28', '2001:20::/28', '2001:30::/28']],
  ['an address for protocol assignments', ['192.0.0.0/24', '2001::/23']],
  // RFC 6666, RFC 9780.
  ['an address of the discard prefix', ['100::/64', '100:0:0:1::/64']],
  // RFC 9602.
  ['a segment routing identifier', ['5f00::/16']],
  // RFC 8215: the network that pinwatch runs in decides what is behind it, private addresses too.
  ['an address of a local NAT64', ['64:ff9b:1::/48']],
  // RFC 2765, section 2.1: translated to the IPv4 address in its last 32 bits.
  ['an IPv4-translated address', ['::ffff:0:0:0/96']],
  // RFC 4291, section 2.5.5.1: deprecated, but still routed into a tunnel by some systems.
  ['an IPv4-compatible address', ['::/96']],
  ['a multicast address', ['224.0.0.0/4', 'ff00::/8']],
  ['a reserved or broadcast address', ['240.0.0.0/4']],
];
