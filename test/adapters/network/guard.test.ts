import { describe, expect, test } from 'vitest';
import { createGuard } from '../../../src/adapters/network/guard.ts';

const guard = createGuard([]);

describe('refused', () => {
  test.each([
    ['0.0.0.0', 'an unspecified address'],
    ['0.255.255.255', 'an unspecified address'],
    ['10.0.0.1', 'a private address'],
    ['10.255.255.255', 'a private address'],
    ['100.64.0.1', 'an address of carrier-grade NAT'],
    ['100.127.255.255', 'an address of carrier-grade NAT'],
    ['127.0.0.1', 'a loopback address'],
    ['127.255.255.254', 'a loopback address'],
    ['169.254.169.254', 'a link-local address'],
    ['172.16.0.0', 'a private address'],
    ['172.31.255.255', 'a private address'],
    ['192.0.0.1', 'an address for protocol assignments'],
    ['192.168.1.1', 'a private address'],
    ['198.18.0.1', 'an address of a benchmarking network'],
    ['198.19.255.255', 'an address of a benchmarking network'],
    ['224.0.0.1', 'a multicast address'],
    ['239.255.255.255', 'a multicast address'],
    ['240.0.0.1', 'a reserved or broadcast address'],
    ['255.255.255.255', 'a reserved or broadcast address'],
    ['64:ff9b:1::', 'an address of a local NAT64'],
    ['64:ff9b:1:ffff:ffff:ffff:a00:1', 'an address of a local NAT64'],
    ['::', 'an unspecified address'],
    ['::1', 'a loopback address'],
    ['0:0:0:0:0:0:0:1', 'a loopback address'],
    ['fc00::1', 'a private address'],
    ['fdff:ffff::1', 'a private address'],
    ['fe80::1', 'a link-local address'],
    ['febf::1', 'a link-local address'],
    ['fec0::1', 'a private address'],
    ['ff02::1', 'a multicast address'],
    ['::ffff:127.0.0.1', 'a loopback address'],
    ['::ffff:7f00:1', 'a loopback address'],
    ['::FFFF:10.1.2.3', 'a private address'],
    ['64:ff9b::127.0.0.1', 'a loopback address (127.0.0.1)'],
    ['64:ff9b::a9fe:a9fe', 'a link-local address (169.254.169.254)'],
    ['2002:7f00:1::', 'a loopback address (127.0.0.1)'],
    ['2002:a01:203:1::1', 'a private address (10.1.2.3)'],
    ['::127.0.0.1', 'a loopback address (127.0.0.1)'],
    ['::7f00:1', 'a loopback address (127.0.0.1)'],
    ['::a00:1', 'a private address (10.0.0.1)'],
    ['::2', 'an unspecified address (0.0.0.2)'],
    ['::1.1.1.1', 'an IPv4-compatible address'],
    ['::ffff:0:127.0.0.1', 'a loopback address (127.0.0.1)'],
    ['::ffff:0:a9fe:a9fe', 'a link-local address (169.254.169.254)'],
    ['::ffff:0:1.1.1.1', 'an IPv4-translated address'],
    ['0:0:0:0:ffff:0:101:101', 'an IPv4-translated address'],
    ['2001::1', 'a Teredo address'],
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'a Teredo address'],
    ['2001:1::1', 'an address for protocol assignments'],
    ['2001:1ff:ffff::1', 'an address for protocol assignments'],
    ['2001:2::1', 'an address of a benchmarking network'],
    ['2001:3::1', 'an address of multicast tunnelling'],
    ['2001:4:112::1', 'an address of AS112'],
    ['2001:10::1', 'an identifier, not an address'],
    ['2001:2f:ffff::1', 'an identifier, not an address'],
    ['2001:3f:ffff::1', 'an identifier, not an address'],
    ['2001:db8::1', 'an address for documentation'],
    ['3fff:fff:ffff::1', 'an address for documentation'],
    ['2620:4f:8000::1', 'an address of AS112'],
    ['100::1', 'an address of the discard prefix'],
    ['100:0:0:1::1', 'an address of the discard prefix'],
    ['5f00::1', 'a segment routing identifier'],
    ['192.0.0.9', 'an address for protocol assignments'],
    ['192.0.2.1', 'an address for documentation'],
    ['198.51.100.1', 'an address for documentation'],
    ['203.0.113.9', 'an address for documentation'],
    ['192.31.196.1', 'an address of AS112'],
    ['192.52.193.1', 'an address of multicast tunnelling'],
    ['192.88.99.1', 'an address of 6to4 relays'],
    ['192.175.48.6', 'an address of AS112'],
    ['2002:c058:6301::', 'an address of 6to4 relays (192.88.99.1)'],
    ['64:ff9b::192.0.2.1', 'an address for documentation (192.0.2.1)'],
  ])('%s is %s', (address, kind) => {
    const message = expect.stringContaining(kind);
    expect(guard(address)).toEqual({ code: 'target_forbidden', message });
    expect(guard(address)?.message).toMatch(/network\.allow/);
    expect(guard(address)?.message).toContain(address);
  });

  test.each(['fe80::1%eth0', '0177.0.0.1', '127.1', 'localhost', ''])(
    '%j, which is no plain address',
    (text) => {
      expect(guard(text)).toMatchObject({ code: 'target_forbidden' });
    },
  );
});

test.each([
  '1.1.1.1',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.0',
  '192.0.3.0',
  '198.17.255.255',
  '198.20.0.0',
  '203.0.114.0',
  '223.255.255.255',
  '2001:200::1',
  '2001:db9::1',
  '2606:4700::1111',
  '3fff:1000::1',
  '100:0:0:2::1',
  '::1:0:0:1',
  'fbff::1',
  '::ffff:1.1.1.1',
  '64:ff9b::1.1.1.1',
  '2002:101:101::1',
])('%s may be probed', (address) => {
  expect(guard(address)).toBeNull();
});

describe('network.allow', () => {
  test.each([
    ['10.0.0.0/8', '10.1.2.3', '11.0.0.1', '192.168.0.1'],
    ['127.0.0.1', '127.0.0.1', '8.8.8.8', '127.0.0.2'],
    ['127.0.0.0/30', '127.0.0.2', '8.8.8.8', '127.0.0.4'],
    ['fd00::/8', 'fd12::1', '2606:4700::1', 'fc00::1'],
    ['::1', '::1', '2606:4700::1', 'fe80::1'],
    ['10.0.0.0/8', '::ffff:10.1.2.3', '::ffff:8.8.8.8', '::ffff:127.0.0.1'],
    ['10.0.0.0/8', '64:ff9b::10.1.2.3', '64:ff9b::8.8.8.8', '64:ff9b::192.168.0.1'],
    ['0.0.0.0/0', '127.0.0.1', '10.0.0.1', '::1'],
    ['127.0.0.0/8', '::127.0.0.1', '8.8.8.8', '::10.0.0.1'],
    ['2001:db8::/32', '2001:db8::1', '2606:4700::1', '192.0.2.1'],
    ['2001::/32', '2001::1', '2606:4700::1', '2001:1::1'],
  ])('%s lets %s through, %s passes anyway, %s stays refused', (allow, allowed, open, refused) => {
    const allowing = createGuard([allow]);
    expect(allowing(allowed)).toBeNull();
    expect(allowing(open)).toBeNull();
    expect(allowing(refused)).toMatchObject({ code: 'target_forbidden' });
  });

  test.each([
    '10.0.0.0/33',
    '::/129',
    '10.0.0/8',
    'example.com',
    '10.0.0.0/',
    '10.0.0.0/-1',
    'fe80::1%1',
    '',
  ])('%j is named in the error', (entry) => {
    expect(() => createGuard(['::1', entry])).toThrow(`found "${entry}"`);
  });
});
